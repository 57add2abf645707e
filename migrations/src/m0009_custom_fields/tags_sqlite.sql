create trigger if not exists {table}_tagged after insert on "{table}" when new.tags is not null begin
  insert or ignore into record_tag select new.workspace_id, '{table}', value, new.id from json_each(new.tags);
end;
create trigger if not exists {table}_retagged after update of tags on "{table}" when old.tags is not new.tags begin
  delete from record_tag where workspace_id = old.workspace_id and resource = '{table}'
    and tag in (select value from json_each(old.tags)) and record_id = old.id;
  insert or ignore into record_tag select new.workspace_id, '{table}', value, new.id from json_each(new.tags);
end;
create trigger if not exists {table}_untagged after delete on "{table}" when old.tags is not null begin
  delete from record_tag where workspace_id = old.workspace_id and resource = '{table}'
    and tag in (select value from json_each(old.tags)) and record_id = old.id;
end;
