create or replace function custom_slots() returns trigger language plpgsql as $$
begin
  {assignments}
  return new;
end $$;

create or replace function record_tagged() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' and old.tags is not null then
    delete from record_tag where workspace_id = old.workspace_id and resource = tg_table_name
      and tag in (select jsonb_array_elements_text(old.tags)) and record_id = old.id;
  end if;
  if tg_op <> 'DELETE' and new.tags is not null then
    insert into record_tag
      select new.workspace_id, tg_table_name, jsonb_array_elements_text(new.tags), new.id
      on conflict do nothing;
  end if;
  return null;
end $$;
