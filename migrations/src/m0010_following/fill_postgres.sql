with part as materialized (
  select id from customer where workspace_id = $1 and id > $2 order by id limit 5000
), filled as (
  update customer set birthday_of_year = extract(month from birthday)::int * 100 + extract(day from birthday)::int
    where workspace_id = $1 and id in (select id from part)
    and birthday is not null and birthday_of_year is null
)
select id from part order by id desc limit 1
