-- What is left of the budgets that nodes share. Losing it fills them all up, so it need not survive a crash.
create unlogged table rate_budget (
  holder uuid not null,
  budget smallint not null,
  level bigint not null,
  at bigint not null,
  granted bigint not null,
  primary key (holder, budget)
) with (fillfactor = 50);
