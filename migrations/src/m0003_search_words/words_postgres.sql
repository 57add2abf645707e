create table {table}_word (
  workspace_id uuid not null,
  word text collate "C" not null,
  {table}_id uuid not null,
  primary key (workspace_id, word, {table}_id)
);

create or replace function {table}_words_added() returns trigger language plpgsql as $$
begin
  insert into {table}_word
    select workspace_id, unnest(string_to_array(search_text, ' ')), id from added
    on conflict do nothing;
  return null;
end $$;

create or replace function {table}_words_changed() returns trigger language plpgsql as $$
begin
  delete from {table}_word
    where workspace_id = old.workspace_id and {table}_id = old.id
    and word = any (string_to_array(old.search_text, ' '));
  if tg_op = 'UPDATE' then
    insert into {table}_word
      select new.workspace_id, unnest(string_to_array(new.search_text, ' ')), new.id
      on conflict do nothing;
  end if;
  return null;
end $$;

create or replace trigger {table}_words_added after insert on {table}
  referencing new table as added for each statement execute function {table}_words_added();
create or replace trigger {table}_words_changed after update of search_text on {table}
  for each row when (old.search_text is distinct from new.search_text)
  execute function {table}_words_changed();
create or replace trigger {table}_words_removed after delete on {table}
  for each row execute function {table}_words_changed();
