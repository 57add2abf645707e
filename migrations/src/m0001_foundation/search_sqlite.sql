create virtual table {table}_search using fts5(search_text, content='{table}', content_rowid='seq', tokenize='ascii');
create trigger {table}_search_insert after insert on {table} begin
  insert into {table}_search (rowid, search_text) values (new.seq, new.search_text);
end;
create trigger {table}_search_delete after delete on {table} begin
  insert into {table}_search ({table}_search, rowid, search_text) values ('delete', old.seq, old.search_text);
end;
create trigger {table}_search_update after update of search_text on {table} when old.search_text <> new.search_text begin
  insert into {table}_search ({table}_search, rowid, search_text) values ('delete', old.seq, old.search_text);
  insert into {table}_search (rowid, search_text) values (new.seq, new.search_text);
end;
