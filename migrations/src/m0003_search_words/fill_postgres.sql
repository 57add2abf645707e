with batch as (
  select workspace_id, id, search_text from {table}
  where workspace_id = $1 and id > $2 order by id limit 5000
  for share
), filled as (
  insert into {table}_word
    select workspace_id, unnest(string_to_array(search_text, ' ')), id from batch
    on conflict do nothing
)
select id from batch order by id desc limit 1
