create or replace trigger {table}_slots_made before insert on "{table}"
  for each row when (new.comparable is not null) execute function custom_slots();
create or replace trigger {table}_slots_changed before update of comparable on "{table}"
  for each row when (old.comparable is distinct from new.comparable) execute function custom_slots();
create or replace trigger {table}_tagged after insert on "{table}"
  for each row when (new.tags is not null) execute function record_tagged();
create or replace trigger {table}_retagged after update of tags on "{table}"
  for each row when (old.tags is distinct from new.tags) execute function record_tagged();
create or replace trigger {table}_untagged after delete on "{table}"
  for each row when (old.tags is not null) execute function record_tagged();
