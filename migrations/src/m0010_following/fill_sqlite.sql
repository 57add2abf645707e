update customer
  set birthday_of_year = cast(substr(birthday, 6, 2) as integer) * 100 + cast(substr(birthday, 9, 2) as integer)
  where birthday is not null and birthday_of_year is null
