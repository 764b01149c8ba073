-- Statements written by hand in the style of people who run Trino in earnest, for `tests.oracle.compare`: what dbt makes, CTE
-- towers, MERGE, nested types, UNNEST, correlation, windows, row patterns, JSON, inline functions, words of the language as names.
-- Trino's parser and analyzer say what is right, so that a statement is all there is to write; `;` stands between them.
-- table: raw_orders(order_id bigint, customer_id bigint, status varchar, amount decimal(12,2), currency varchar, ordered_at timestamp(6), updated_at timestamp(6), is_deleted boolean, meta varchar, tags array(varchar), attrs map(varchar, varchar), ship row(street varchar, city varchar, geo row(lat double, lon double)), lines array(row(sku varchar, qty integer, price decimal(10,2), options map(varchar, varchar))))
-- table: customers(customer_id bigint, name varchar, segment varchar, country varchar, valid_from timestamp(6), valid_to timestamp(6), email varchar)
-- table: events(event_id varchar, user_id bigint, kind varchar, ts timestamp(6), props varchar, session varchar, payload json, ds varchar)
-- table: fx(currency varchar, rate double, day date)
-- table: dim_orders(order_id bigint, customer_name varchar, amount decimal(12,2), status varchar, updated_at timestamp(6), is_current boolean)
-- table: daily(day date, country varchar, revenue decimal(38,2), orders bigint)
-- table: edges(src bigint, dst bigint, w double)
-- table: r(f bigint, g bigint, r row(f bigint, g varchar))
-- table: holder(r row(f bigint, h varchar), f bigint, id bigint, items array(row(id bigint, name varchar)), m map(varchar, row(x bigint, y bigint)), nested array(array(bigint)))
-- table: pg.public.accounts(id bigint, owner_id bigint, balance decimal(12,2), opened date)
-- table: pg.public.orders(id bigint, account_id bigint, total decimal(12,2))
-- table: lake.other.raw_orders(order_id bigint, note varchar)
-- table: lake."my schema"."t-1"("col a" bigint, "sélection" varchar, "order" bigint, "select" varchar, "dotted.name" varchar)
-- table: kw(first bigint, last bigint, value bigint, key varchar, "row" row(value bigint, key varchar), map map(varchar, bigint), array array(bigint), position bigint, filter bigint, if bigint, interval varchar, date date, timestamp timestamp(3), window bigint, match varchar, define bigint, measures bigint, session varchar, "set" bigint, count bigint, over bigint, partition bigint, range bigint, rows bigint, "only" bigint, no bigint, year bigint, zone varchar, limit bigint, "offset" bigint, current bigint, "all" bigint, any bigint, "some" bigint, format varchar, json varchar, nested bigint, text varchar, type varchar, at bigint, "to" bigint, start bigint, final bigint, running bigint, "try_cast" bigint, "nullif" bigint, "coalesce" bigint, "lateral" bigint, pivot bigint, "tablesample" bigint, auto bigint, sets bigint, "by" bigint, "end" bigint, data varchar, view varchar, branch varchar)
-- table: lake.s2.u(a bigint, b bigint, u row(a bigint, c bigint))
-- table: u(a bigint, k bigint, s2 row(u row(a bigint)), s row(u bigint))
-- table: w(a bigint, k bigint, x bigint)

with source as (select * from raw_orders), renamed as (select order_id, customer_id, status as order_status, amount, ordered_at from source), final as (select * from renamed) select * from final
;
with source as (select * from lake.s.raw_orders where not is_deleted), dedup as (select *, row_number() over (partition by order_id order by updated_at desc) as rn from source), latest as (select * from dedup where rn = 1) select order_id, amount, rn from latest
;
create table dim_new as with orders as (select * from raw_orders), customers as (select customer_id, max_by(name, valid_from) as name from customers group by 1) select o.order_id, c.name as customer_name, o.amount, o.status from orders o left join customers c on o.customer_id = c.customer_id
;
with raw_orders as (select order_id, amount from raw_orders), x as (select sum(amount) as total from raw_orders) select total from x
;
with a as (select order_id as id, amount from raw_orders), b as (select id, amount * 2 as dbl from a), c as (select a.id, a.amount, b.dbl from a join b on a.id = b.id), d as (select id, coalesce(dbl, amount) v from c union all select id, amount from a), e as (select id, max(v) over (partition by id) as mv from d) select id, mv from e
;
with a as (select order_id as id, amount from raw_orders), b as (with a as (select customer_id as id from customers) select id from a) select a.id, b.id as bid, a.amount from a, b
;
with recursive reach(n, hops) as (select src, 0 from edges where w > 1 union all select e.dst, hops + 1 from reach join edges e on e.src = reach.n where hops < 10) select n, min(hops) as h from reach group by n
;
with recursive t(n) as (select 1 union all select n + 1 from t where n < 100) select sum(n) as s from t
;
with recursive tree(id, path) as (select customer_id, name from customers where segment = 'root' union all select c.customer_id, concat(t.path, '/', c.name) from customers c join tree t on c.customer_id = t.id) select id, path from tree order by path
;
with recursive plain(x) as (select amount from raw_orders) select x from plain
;
with recursive a(x) as (select src from edges), b(y) as (select x from a union all select y from b) select y from b
;
select o.order_id, l.sku, l.qty * l.price as line_total from raw_orders o cross join unnest(o.lines) as l(sku, qty, price, options)
;
select order_id, sku, n from raw_orders, unnest(lines) with ordinality as l(sku, qty, price, options, n)
;
select o.order_id, k, v, pos from raw_orders as o cross join unnest(o.attrs) with ordinality as t(k, v, pos)
;
select o.order_id, t.tag, u.k, u.v from raw_orders o left join unnest(o.tags) as t(tag) on true left join unnest(o.attrs) as u(k, v) on true
;
select id, sku, k, v from (select order_id as id, lines from raw_orders) x cross join unnest(x.lines) as l(sku, qty, price, options) cross join unnest(l.options) as opt(k, v)
;
select t.tag, l.sku, n from raw_orders cross join unnest(tags, lines) with ordinality as z(tag, sku, qty, price, options, n) cross join unnest(array[tag]) as t(tag) cross join unnest(array[row(sku)]) as l(sku)
;
select * from unnest(map(array['a', 'b'], array[1, 2])) as t(k, v)
;
select o.order_id, k, s.x, s.y from raw_orders o cross join holder h cross join unnest(h.m) as t(k, s)
;
select id, e from holder cross join unnest(nested) as a(inner_list) cross join unnest(inner_list) as b(e)
;
select holder.id, x.* from holder cross join unnest(items) as x
;
select order_id, ship.city, ship.geo.lat as latitude, raw_orders.ship.geo.lon, s.raw_orders.ship.street from s.raw_orders
;
select (ship).city, (ship.geo).lat from raw_orders
;
select r.f from r
;
select (select r.f from holder where holder.id = 1) as inner_row_field from r
;
select id, (select max(r.f) from r where r.g = holder.id) as m from holder
;
select x.r.f, x.f from holder x
;
select r.f from holder
;
select a.r.f, b.r.f as bf from holder a join r b on a.f = b.f
;
select h.r.h || r.r.g as both_g from holder h cross join r
;
select element_at(attrs, 'color') as color, attrs['size'] as size, tags[1] as first_tag, lines[1].sku as first_sku, lines[1].options['x'] as ox from raw_orders
;
select transform(lines, l -> l.qty * l.price) as totals, reduce(lines, 0, (s, l) -> s + l.qty, s -> s) as n from raw_orders
;
select filter(tags, t -> t <> status) as kept, any_match(tags, t -> t = raw_orders.currency) as has from raw_orders
;
select transform(lines, amount -> amount.qty) as shadow from raw_orders
;
select transform_values(attrs, (k, v) -> v || k || status) as vals, map_filter(attrs, (k, v) -> k <> currency) as filt from raw_orders
;
select zip_with(tags, transform(lines, l -> l.sku), (a, b) -> a || b || meta) as z from raw_orders
;
select array_sort(tags, (a, b) -> if(a < b, -1, 1)) as sorted, reduce_agg(order_id, 0, (a, b) -> a + b, (a, b) -> a + b) as s from raw_orders group by tags
;
select customer_id, name, amount from raw_orders join customers using (customer_id)
;
select customer_id, raw_orders.status, customers.name from raw_orders full outer join customers using (customer_id) where customer_id > 3
;
select * from raw_orders o join customers c using (customer_id)
;
select o.*, c.segment from raw_orders o join customers c using (customer_id)
;
select c.*, o.amount from raw_orders o left join customers c using (customer_id)
;
select raw_orders.amount from s.raw_orders
;
select s.raw_orders.amount, other.raw_orders.note from s.raw_orders join other.raw_orders on s.raw_orders.order_id = other.raw_orders.order_id
;
select lake.s.raw_orders.amount, note from lake.s.raw_orders, lake.other.raw_orders
;
select day, currency, rate, amount from raw_orders join fx using (currency) join (select date(ordered_at) as day, order_id from raw_orders) d using (order_id, day)
;
select o.order_id, x.total from raw_orders o cross join lateral (select sum(p.total) as total from pg.public.orders p where p.id = o.order_id) as x
;
select o.order_id, y.v from raw_orders o, lateral (select o.amount * fx.rate as v from fx where fx.currency = o.currency) y
;
select c.name, t.a, t.b from customers c left join lateral (values (c.segment, c.country)) as t(a, b) on true
;
select c.customer_id, last.amount from customers c cross join lateral (select amount from raw_orders o where o.customer_id = c.customer_id order by ordered_at desc limit 1) as last
;
select c.customer_id, l2.w from customers c cross join lateral (select o.amount as a from raw_orders o where o.customer_id = c.customer_id) l1 cross join lateral (select l1.a + c.customer_id as w) l2
;
select order_id, sum(amount) over (partition by customer_id order by ordered_at rows between unbounded preceding and current row) as running from raw_orders
;
select avg(amount) over (partition by customer_id order by order_id range between order_id preceding and customer_id following) as odd from raw_orders
;
select sum(amount) over w2 as s from raw_orders window w as (partition by customer_id), w2 as (w order by ordered_at)
;
select customer_id, sum(amount) / sum(sum(amount)) over () as share from raw_orders group by customer_id
;
select status, rank() over (order by sum(amount) desc, max(ordered_at)) as r from raw_orders group by status
;
select customer_id, ntile(4) over (order by count(*)) q from raw_orders group by customer_id having sum(amount) > 10
;
select sum(amount) filter (where status = 'paid') as paid, count(*) filter (where is_deleted) as gone, count(distinct customer_id) as customers from raw_orders
;
select listagg(name, ', ') within group (order by valid_from desc) as names, listagg(distinct segment, '|' on overflow truncate '...' with count) within group (order by segment) filter (where country <> 'x') as segs from customers group by country
;
select array_agg(name order by valid_from, customer_id) as a, array_agg(distinct email order by email) filter (where segment is not null) as b, max_by(name, valid_to) as c, min_by(email, valid_from, 3) d from customers
;
select approx_percentile(amount, 0.5) as med, approx_percentile(amount, array[0.1, 0.9]) as p, approx_distinct(currency) as n, histogram(status) as h, map_agg(order_id, amount) as m, multimap_agg(status, meta) as mm, count_if(is_deleted) as ci, arbitrary(meta) as x, checksum(tags) as ck from raw_orders
;
select json_value(props, 'lax $.a' returning bigint default user_id on empty error on error) as a, json_query(props, 'lax $.b[*]' with array wrapper) as b, json_exists(props, 'strict $.c?(@ > $x)' passing ts as "x" false on error) as c from events
;
select j.id, j.pos, j.name, j.inner_v from events e, json_table(e.props, 'lax $.items[*]' as root columns (pos for ordinality, id bigint path 'lax $.id', name varchar path 'lax $.n' default e.kind on empty, nested path 'lax $.sub[*]' as sub columns (inner_v varchar path 'lax $.v'))) as j
;
select e.event_id, t.a from events e left join json_table(e.props, 'lax $' columns (a bigint path 'lax $.a')) as t on true
;
select payload, json_extract_scalar(props, '$.x') as x, cast(json_parse(props) as row(a bigint, b varchar)).b as b from events
;
select u.a, u.b from events cross join unnest(cast(json_extract(props, '$.list') as array(row(a bigint, b varchar)))) as u(a, b)
;
select x from events cross join unnest(split(kind, ',')) as t(x)
;
select k, count(*) as n from events cross join unnest(map_keys(cast(json_parse(props) as map(varchar, json)))) as t(k) group by k
;
select n from unnest(sequence(1, 10)) as t(n)
;
select d, count(order_id) c from unnest(sequence(date '2026-01-01', date '2026-01-31', interval '1' day)) as t(d) left join raw_orders on date(ordered_at) = d group by d
;
select m.user_id, m.start_ts, m.end_ts, m.n from events match_recognize (partition by user_id order by ts measures first(a.ts) as start_ts, last(b.ts) as end_ts, count(*) as n one row per match after match skip past last row pattern (a b+) define a as kind = 'open', b as b.kind = 'click' and b.ts < first(a.ts) + interval '1' hour) as m
;
select * from (select user_id, ts, kind from events) match_recognize (partition by user_id order by ts measures classifier() as cls, match_number() as mn, final last(u.kind) as lk all rows per match pattern ((a | b)* c?) subset u = (a, b) define a as a.kind = 'x', b as prev(b.kind) = 'y', c as true)
;
select user_id, val over w as v, label over w from events window w as (partition by user_id order by ts measures last(a.session) as val, classifier() as label rows between current row and unbounded following after match skip to next row initial pattern (a b*) define b as b.kind <> prev(b.kind))
;
select * from (select country, segment, customer_id from customers) pivot (count(customer_id) as n for segment in ('a' as a, 'b' as b) group by country)
;
select * from table(exclude_columns(input => table(customers), columns => descriptor(email, valid_to)))
;
select * from table(exclude_columns(input => table(select customer_id, name, email from customers where segment = 'x'), columns => descriptor(email))) as t(cid, n)
;
select sequential_number * 2 as s, o.order_id from table(sequence(start => 1, stop => 10)) cross join raw_orders o where o.order_id = sequential_number
;
merge into dim_orders t using (select o.order_id, c.name, o.amount, o.status, o.updated_at, o.is_deleted from raw_orders o join customers c on o.customer_id = c.customer_id) s on t.order_id = s.order_id when matched and s.is_deleted then delete when matched and s.updated_at > t.updated_at then update set customer_name = s.name, amount = s.amount, status = s.status, updated_at = s.updated_at when not matched and not s.is_deleted then insert (order_id, customer_name, amount, status, updated_at, is_current) values (s.order_id, s.name, s.amount, s.status, s.updated_at, true)
;
merge into dim_orders using raw_orders on dim_orders.order_id = raw_orders.order_id when matched then update set amount = dim_orders.amount + raw_orders.amount when not matched then insert values (raw_orders.order_id, null, raw_orders.amount, raw_orders.status, raw_orders.updated_at, true)
;
merge into dim_orders as d using (values (1, 'x')) as v(id, st) on d.order_id = v.id when matched then update set status = v.st
;
merge into dim_orders d using customers c on d.order_id = c.customer_id and c.segment in (select segment from customers where country = 'x') when matched and d.status = 'open' then update set customer_name = (select max(name) from customers k where k.country = c.country), is_current = c.valid_to is null when matched then delete when not matched and c.valid_from > timestamp '2020-01-01 00:00:00' then insert (order_id, customer_name) values (c.customer_id, upper(c.name))
;
update dim_orders set amount = amount * 2, status = case when is_current then 'a' else status end where order_id in (select order_id from raw_orders where is_deleted)
;
update dim_orders set customer_name = (select max(name) from customers where customers.customer_id = dim_orders.order_id), updated_at = current_timestamp
;
delete from dim_orders where order_id not in (select order_id from raw_orders) and exists (select 1 from customers where customers.name = dim_orders.customer_name)
;
delete from daily where day < current_date - interval '30' day
;
insert into daily (revenue, country, day) select sum(o.amount), c.country, date(o.ordered_at) from raw_orders o join customers c on c.customer_id = o.customer_id group by c.country, date(o.ordered_at)
;
insert into daily select date(ordered_at), null, sum(amount), count(*) from raw_orders group by 1
;
insert into daily (day, orders) with d as (select date(ordered_at) as d, count(*) n from raw_orders group by 1) select d, n from d
;
insert into daily (day, country) values (date '2026-01-01', 'x'), (current_date, (select max(country) from customers))
;
insert into daily table daily
;
insert into daily (day, country, revenue) (select day, null, cast(rate as decimal(38, 2)) from fx) union all (select day, country, revenue from daily where orders > 1)
;
insert into dim_orders (order_id, customer_name, amount) select id, cast(owner_id as varchar), balance from pg.public.accounts
;
create table if not exists agg2 (d, r) as select day, revenue from daily with no data
;
create table agg3 as (select day as d, country c from daily order by revenue limit 5)
;
create table agg4 as table daily
;
create table agg5 as (with x as (select day from daily) select day as d2 from x)
;
create view v1 comment 'c' security invoker as select order_id, upper(status) as status from raw_orders
;
create or replace view v2 as with a as (select * from raw_orders), b as (select order_id, lines from a) select b.order_id, sum(l.qty) as items from b cross join unnest(b.lines) as l group by b.order_id
;
create materialized view mv1 grace period interval '1' hour comment 'm' with (format = 'orc') as select day, sum(revenue) as r from daily group by day
;
create or replace materialized view mv2 when stale inline as select country, max(day) as last_day from daily group by country
;
explain analyze insert into daily (day, revenue) select day, revenue from daily
;
explain analyze verbose create table xx as select order_id from raw_orders
;
execute immediate 'insert into daily (day, country) select date(ordered_at), ? from raw_orders where status = ?' using 'x', 'y'
;
execute immediate 'select order_id, amount * 2 as d from raw_orders where status = ''a'''
;
execute immediate 'with x as (select name from customers where country = ?) select name from x' using 'de'
;
select "col a", "SÉLECTION", "order", "select", "dotted.name" from "My Schema"."T-1"
;
select t."Col A" as "Result Name", "T"."select" from "my schema"."t-1" as T
;
select "my schema"."t-1"."col a" from lake."my schema"."t-1"
;
select "T-1"."dotted.name" || "T-1"."select" as x from "My Schema"."t-1"
;
select RAW_ORDERS.AMOUNT, Raw_Orders."Status" from Raw_Orders
;
select event_id from events for version as of 12345 where kind = 'x'
;
select e.event_id, f.kind from events for timestamp as of timestamp '2026-01-01 00:00:00 UTC' as e join events for version as of 7 as f on e.event_id = f.event_id
;
with function dbl(x bigint) returns bigint return x * 2 select dbl(order_id) as d, dbl(customer_id) from raw_orders
;
with function f(x bigint) returns bigint begin declare y bigint default 1; if x > 1 then set y = x; else set y = 0; end if; return y; end, function g(amount varchar) returns varchar return upper(amount) select f(order_id) as a, g(status) as b from raw_orders
;
with session query_max_run_time = '1h' select order_id from raw_orders
;
with session query_max_run_time = '1h' with function h(a bigint) returns bigint return a select h(order_id) as x from raw_orders
;
select case status when 'a' then amount when 'b' then amount * 2 else 0 end as v, case when is_deleted then null else meta end as m from raw_orders
;
select if(is_deleted, status, meta) as s, nullif(status, currency) as n, coalesce(meta, status, currency) as c, try(amount / order_id) as t, greatest(ordered_at, updated_at) as g from raw_orders
;
select if(is_deleted, ship, ship).city, coalesce(ship, ship).street, case when is_deleted then ship else ship end.city as c from raw_orders
;
select case when exists (select 1 from customers c where c.customer_id = o.customer_id and c.segment = o.status) then o.amount else 0 end as a from raw_orders o
;
select case when o.status in (select segment from customers) then o.meta end as a from raw_orders o
;
select o.order_id, (select name from customers c where c.customer_id = o.customer_id limit 1) as customer_name from raw_orders o
;
select (select count(*) from raw_orders o where o.customer_id = c.customer_id) as n, (select max(amount) from raw_orders) as m from customers c
;
select order_id in (select id from pg.public.orders) as found, amount > all (select total from pg.public.orders) as biggest, amount = any (select balance from pg.public.accounts) as some_eq from raw_orders
;
select exists (select 1 from edges where src = order_id) as e from raw_orders
;
select (select max(x) from (select amount as x from raw_orders union all select balance from pg.public.accounts)) as m
;
select a.order_id from raw_orders a where a.amount > (select avg(b.amount) from raw_orders b where b.customer_id = a.customer_id)
;
select order_id, status from raw_orders where (order_id, status) in (select order_id, status from dim_orders)
;
select customer_id, currency, sum(amount) as s, grouping(customer_id, currency) as g from raw_orders group by grouping sets ((customer_id, currency), (customer_id), ())
;
select customer_id, currency, count(*) c from raw_orders group by rollup (customer_id, currency)
;
select customer_id, status, currency, avg(amount) from raw_orders group by cube (customer_id, status), currency
;
select customer_id, status, count(*) as n from raw_orders group by auto
;
select distinct status, currency from raw_orders order by status
;
select status as amount, sum(amount) as total from raw_orders group by status order by amount
;
select status as s, amount as t from raw_orders order by s, raw_orders.currency, 2 desc
;
select amount as status, status as amount from raw_orders
;
select order_id as a, customer_id as b from raw_orders union all select id, account_id from pg.public.orders union select src, dst from edges
;
(select order_id from raw_orders order by amount limit 1) union all (select id from pg.public.orders order by total limit 1)
;
select id from (select order_id as id from raw_orders intersect select id from pg.public.orders except all select src from edges) order by id
;
select order_id, amount from raw_orders union corresponding select amount, order_id from dim_orders
;
select * from (values (1, 'a'), (2, 'b')) as t(id, name) join customers c on c.customer_id = t.id
;
select x.id, x.total from (select order_id, amount from raw_orders) as x(id, total)
;
select t.* as (a, b, c) from (select day, currency, rate from fx) as t
;
select o.ship.geo.* from raw_orders o
;
select r.* from r
;
select (cast(row(order_id, amount) as row(id bigint, amt double))).amt as amt from raw_orders
;
select x.pair.id, x.pair.amt from (select cast(row(order_id, amount) as row(id bigint, amt double)) as pair from raw_orders) x
;
select x.id, x.amt from (select cast(row(order_id, amount) as row(id bigint, amt double)) as pair from raw_orders) y cross join unnest(array[y.pair]) as x(id, amt)
;
select array_agg(row(order_id, amount)) as rows_, map(array_agg(status), array_agg(meta)) as m from raw_orders
;
select a[1] as f from (select array_agg(order_id order by ordered_at) as a from raw_orders group by customer_id)
;
select l.sku, count(*) n from raw_orders o, unnest(o.lines) l group by l.sku
;
select o.order_id, l.options['color'] as color from raw_orders o cross join unnest(o.lines) as l(sku, qty, price, options) where l.qty > 1
;
select d.order_id, s.day from dim_orders d tablesample bernoulli (10) cross join (select day from daily tablesample system (5)) s
;
select "daily".day, country from (daily)
;
select a.day, b.country from (daily a cross join daily b)
;
select x.day, x.country from (select * from (select * from (select * from daily))) x
;
select a.day, c.rate from (daily a join (fx b join fx c on b.day = c.day) on a.day = b.day)
;
select o.order_id from raw_orders o join (customers c join pg.public.accounts a on a.owner_id = c.customer_id) on c.customer_id = o.customer_id where a.balance > 0
;
select ordered_at at time zone 'UTC' as z, extract(year from ordered_at) as y, date_trunc('day', updated_at) as d, ordered_at + interval '1' day as n, cast(ordered_at as date) as dt, date_diff('day', ordered_at, updated_at) as dd from raw_orders
;
select trim(both 'x' from status) as t, substring(meta from 1 for 3) as s, position('a' in currency) as p, normalize(status, nfd) as n, overlay(meta placing status from 2 for 3) as o from raw_orders
;
select status like concat(meta, '%') escape '$' as l, amount between order_id and customer_id as b, status is distinct from currency as d, not is_deleted and meta is not null as n from raw_orders
;
select status || ':' || currency as k, -amount as neg, amount % 2 as m, order_id * (customer_id + 1) as c from raw_orders
;
select current_user as u, current_date as d, now() as n, 1 as one, 'x' as s, null as z, order_id from raw_orders
;
select max(case when status = 'paid' then amount end) as paid, sum(if(currency = 'EUR', amount, 0)) as eur, count(case when is_deleted then 1 end) as del from raw_orders group by customer_id
;
select sum(case when c.segment = 'a' then o.amount * fx.rate else 0 end) as a, c.country from raw_orders o join customers c on o.customer_id = c.customer_id left join fx on fx.currency = o.currency and fx.day = date(o.ordered_at) group by c.country having count(*) > 10 order by 1 desc limit 5
;
with daily_orders as (select date(ordered_at) d, customer_id, sum(amount) amt from raw_orders group by 1, 2), ranked as (select d, customer_id, amt, row_number() over (partition by d order by amt desc) rn from daily_orders) select d, max(customer_id) filter (where rn = 1) as top1, max(amt) filter (where rn = 2) as second from ranked group by d
;
with spine as (select d from unnest(sequence(date '2026-01-01', date '2026-02-01')) as t(d)), joined as (select spine.d, coalesce(sum(o.amount), 0) as amt from spine left join raw_orders o on date(o.ordered_at) = spine.d group by spine.d) select d, amt, sum(amt) over (order by d rows between 6 preceding and current row) as rolling from joined
;
with scd as (select customer_id, name, valid_from, lead(valid_from) over (partition by customer_id order by valid_from) as next_from from customers) select o.order_id, scd.name from raw_orders o join scd on o.customer_id = scd.customer_id and o.ordered_at >= scd.valid_from and (scd.next_from is null or o.ordered_at < scd.next_from)
;
with sessions as (select user_id, ts, sum(is_new) over (partition by user_id order by ts) as sid from (select user_id, ts, case when ts - lag(ts) over (partition by user_id order by ts) > interval '30' minute then 1 else 0 end as is_new from events)) select user_id, sid, min(ts) as started, max(ts) as ended, count(*) as n from sessions group by user_id, sid
;
with base as (select * from events), pv as (select session, count_if(kind = 'view') v, count_if(kind = 'buy') b from base group by session), u as (select distinct session, user_id from base) select u.user_id, sum(pv.v) as views, cast(sum(pv.b) as double) / nullif(sum(pv.v), 0) as cr from pv join u on u.session = pv.session group by u.user_id
;
with a as (select 1 as x), b as (select x from a union all select customer_id from customers), c as (select x as y from b where x in (select src from edges)) select y, count(*) over () n from c
;
with t as (select order_id, status from raw_orders) select t.order_id, u.status from t join t as u on t.order_id = u.order_id
;
with t(a, b) as (select order_id, status from raw_orders), s(b, a) as (select a, b from t) select a, b from s
;
with t as (table customers) select segment, name from t
;
with t as (values (1, 'a')), s(x, y) as (select * from t) select x, y, name from s join customers on customer_id = x
;
with x as (select *, amount * 2 as amount2 from raw_orders) select x.amount2, x.ship.geo.lat, x.lines[1].sku from x
;
with x as (select o.*, c.name from raw_orders o join customers c on o.customer_id = c.customer_id) select * from x
;
with deleted as (select order_id from raw_orders where is_deleted) select * from raw_orders where order_id not in (select order_id from deleted)
;
with "MixedCase" as (select order_id as "Id" from raw_orders) select "mixedcase"."ID" from MIXEDCASE
;
select a.* from (select src, dst from edges) a join (select src, dst from edges) b on a.dst = b.src
;
select e1.src, e3.dst from edges e1 join edges e2 on e1.dst = e2.src join edges e3 on e2.dst = e3.src where e1.w + e2.w > e3.w
;
select coalesce(a.customer_id, b.customer_id) as customer_id, a.amt, b.n from (select customer_id, sum(amount) amt from raw_orders group by 1) a full join (select customer_id, count(*) n from customers group by 1) b on a.customer_id = b.customer_id
;
select greatest(a.balance, (select max(total) from pg.public.orders o where o.account_id = a.id)) as g from pg.public.accounts a
;
select date_format(ordered_at, '%Y') as y, format('%s-%s', status, currency) as f, concat_ws('-', status, meta) as w, hash_counts.n from raw_orders cross join (select count(*) as n from customers) hash_counts
;
select bitwise_and(order_id, 1) as b, count(*) filter (where amount > 0 and currency in (select currency from fx)) as n from raw_orders group by order_id
;
select payload from events where json_exists(props, 'lax $.a')
;
select sum(amount) as total from raw_orders where status = 'a' and customer_id = (select max(customer_id) from customers where country = 'x') group by ()
;
select min(a) over (partition by b order by c) as m from (select amount as a, status || currency as b, coalesce(updated_at, ordered_at) as c from raw_orders)
;
select nth_value(v, 2) over (partition by case when k > 1 then g else h end order by (select max(w) from edges)) as n from (select amount v, order_id k, status g, meta h from raw_orders)
;
select first_value(amount) over (order by ordered_at) + last_value(amount) over (order by updated_at) as fl from raw_orders
;
select array[order_id, customer_id] as a, map(array[status], array[amount]) as m, map_from_entries(array[row(status, currency)]) as e from raw_orders
;
select cardinality(filter(lines, l -> any_match(map_keys(l.options), k -> k = status))) as n from raw_orders
;
select transform(lines, l -> cast(row(l.sku, order_id) as row(sku varchar, oid bigint))) as x from raw_orders
;
select t.sku, t.oid from (select transform(lines, l -> cast(row(l.sku, order_id) as row(sku varchar, oid bigint))) as xs from raw_orders) cross join unnest(xs) as t(sku, oid)
;
select flatten(array[tags, array[status]]) as f, array_join(tags, currency) as j, contains(tags, meta) as c from raw_orders
;
select d.day, c.cnt from daily d cross join (select country, count(*) cnt from customers group by country) c where d.country = c.country order by d.revenue desc nulls last, c.country
;
select country, day, revenue from daily order by revenue * (select max(rate) from fx) fetch first 3 rows with ties
;
select country from daily group by country having max(revenue) > (select avg(revenue) from daily) order by max(orders)
;
select count(*) from raw_orders
;
select 1
;
select t.x from (values 1, 2, 3) as t(x)
;
select t.x, o.amount from (values (1), (2)) t(x) left join raw_orders o on o.order_id = t.x
;
values (1, (select max(amount) from raw_orders)), (2, null)
;
table daily
;
(((select day from daily)))
;
select day from daily union all select day from fx order by day limit 3
;
select * from (select day from daily union select day from fx) as u(d) where d > date '2026-01-01'
;
select v from (select amount + 0 as v from raw_orders union all select total from pg.public.orders)
;
select a, b from (select order_id a, status b from raw_orders union all select id, cast(total as varchar) from pg.public.orders) where b <> 'x'
;
create table joined as select o.order_id, c.name, a.balance from lake.s.raw_orders o join lake.s.customers c on c.customer_id = o.customer_id join pg.public.accounts a on a.owner_id = c.customer_id
;
create table lake.other.copied as select * from pg.public.accounts
;
create table pg.public.pushed as select r.order_id, o.note from raw_orders r, other.raw_orders o where r.order_id = o.order_id
;
create table wide as select o.*, c.name, c.country, date(o.ordered_at) as day from raw_orders o left join customers c on c.customer_id = o.customer_id
;
create table nested_rows as select cast(row(order_id, amount) as row(id bigint, amt double)) as o, array_agg(cast(row(status, meta) as row(s varchar, m varchar))) as hist from raw_orders group by order_id, amount
;
create view vv as select order_id, row_number() over (partition by customer_id order by ordered_at) as nth from raw_orders where status not in ('x', 'y')
;
select approx_most_frequent(3, status, 10) as t, bool_and(is_deleted) as b, corr(amount, order_id) as c, regr_slope(amount, order_id) as s, geometric_mean(amount) as gm from raw_orders
;
select count(distinct (status, currency)) as n, sum(distinct amount) as s, max(amount, 3) as top from raw_orders
;
select ordered_at, status from raw_orders where ordered_at between timestamp '2026-01-01 00:00:00' and (select max(valid_to) from customers) and status = any (values 'a', 'b')
;
select o.order_id, c.name from raw_orders o, customers c where o.customer_id = c.customer_id and o.amount > 10
;
select o.order_id, c.name from raw_orders o cross join customers c
;
select count(*) as n, ship.city from raw_orders group by ship.city
;
select ship.geo.lat as lat from raw_orders order by ship.city
;
select status, count(*) from raw_orders group by status order by count(*) desc, max(amount)
;
select ship.city as ship, ship.street as street from raw_orders order by ship
;
select x.y.lat from (select ship.geo as y from raw_orders) x
;
select y.lat, x.y.lon from (select ship.geo as y from raw_orders) x
;
select k, v.x, v.y from holder cross join unnest(m) as t(k, v)
;
select i.name, i.id from (select items from holder) x cross join unnest(x.items) i
;
select i.* from holder h cross join unnest(h.items) with ordinality as i(a, b, n)
;
select h.id, ord from holder h cross join unnest(h.items, h.nested) with ordinality as i(a, b, l, ord)
;
select (select max(i.id) from unnest(h.items) as i(id, name)) as mx from holder h
;
select (select count(*) from unnest(h.items) as i(id, name) where i.name = h.r.h) as n from holder h
;
select exists (select 1 from unnest(tags) as t(tag) where t.tag = status) as e from raw_orders
;
select customer_id from customers c where exists (select * from raw_orders where raw_orders.customer_id = c.customer_id and exists (select 1 from events where events.user_id = c.customer_id and events.kind = raw_orders.status))
;
select (select (select max(e.ts) from events e where e.user_id = c.customer_id and e.kind = o.status) from raw_orders o where o.customer_id = c.customer_id limit 1) as deep from customers c
;
select name from customers where customer_id in (select customer_id from raw_orders where status = segment)
;
select customer_id from customers where customer_id in (select user_id from events where customer_id > 3)
;
select c.name, o.total from customers c join (select customer_id, sum(amount) as total from raw_orders group by customer_id) o on c.customer_id = o.customer_id and o.total > (select avg(amount) from raw_orders)
;
with unioned as (select cast('a' as varchar) as _dbt_source_relation, cast(order_id as bigint) as id, cast(null as varchar) as note from raw_orders union all select cast('b' as varchar), cast(order_id as bigint), cast(note as varchar) from other.raw_orders) select _dbt_source_relation, id, note from unioned
;
insert into dim_orders ("order_id", "customer_name", "amount", "status", "updated_at", "is_current") ( select "order_id", "customer_name", "amount", "status", "updated_at", "is_current" from "lake"."s"."dim_orders" where status in ('a') )
;
merge into "lake"."s"."dim_orders" as DBT_INTERNAL_DEST using ( select order_id, status, amount from raw_orders ) as DBT_INTERNAL_SOURCE on ( DBT_INTERNAL_SOURCE.order_id = DBT_INTERNAL_DEST.order_id ) when matched then update set "status" = DBT_INTERNAL_SOURCE."status", "amount" = DBT_INTERNAL_SOURCE."amount" when not matched then insert ("order_id", "status", "amount") values (DBT_INTERNAL_SOURCE."order_id", DBT_INTERNAL_SOURCE."status", DBT_INTERNAL_SOURCE."amount")
;
with sbq as ( select * from ( select order_id, status, updated_at, row_number() over (partition by order_id order by updated_at desc) as _rn from raw_orders ) where _rn = 1 ), snapshot as ( select *, to_hex(md5(to_utf8(cast(order_id as varchar) || '|' || cast(updated_at as varchar)))) as dbt_scd_id from sbq ) select order_id, dbt_scd_id from snapshot
;
select date_trunc('month', o.ordered_at) as month, c.country as "Customer Country", count(distinct o.order_id) as "# Orders", sum(o.amount) as "Σ Amount" from raw_orders as o left join customers as c on (c.customer_id = o.customer_id) where o.ordered_at >= date_add('day', -30, current_date) group by 1, 2 order by 3 desc nulls last limit 100
;
select * from (select virtual_table.country as country, sum(virtual_table.revenue) as "SUM(revenue)" from (select * from daily) as virtual_table group by virtual_table.country order by "SUM(revenue)" desc) limit 10
;
select t.day, t.revenue - lag(t.revenue) over (order by t.day) as diff from (select day, sum(revenue) as revenue from daily group by day) t
;
select sum(revenue) over (partition by country order by day rows between 2 preceding and 1 preceding) as s, sum(revenue) over (partition by country order by day range between interval '7' day preceding and current row) as w from daily
;
select day, country, sum(revenue) as rev, grouping(day) as gd from daily group by rollup(day, country), () having grouping(country) = 0
;
select day, max(revenue) from daily group by all day
;
select extract(dow from day) + length(country) as v from daily where revenue > 0 and (country = 'x' or orders in (1, 2, 3))
;
select o.* from raw_orders as o where o.amount >= all (select amount from dim_orders)
;
select row_number() over () as rn, * from fx
;
select *, rate * 2 as rate2, fx.* from fx
;
select fx.rate, fx2.rate as r2 from fx, fx as fx2 where fx.day = fx2.day
;
select a.rate + b.rate as s from fx a, lateral (select * from fx b where b.day = a.day) b
;
select s.c.d as x from (select cast(row(rate) as row(d double)) as c from fx) s
;
select c.d as x from (select cast(row(rate) as row(d double)) as c from fx) s
;
select c.d from (select cast(row(rate, day) as row(d double, e date)) as c from fx) s join (select currency as d from fx) c on true
;
select max(c.d) as m from (select cast(row(rate) as row(d double)) as c from fx) s group by c.d
;
select order_id as id from raw_orders where exists (select id from pg.public.orders where id = order_id) order by id
;
select count(*) as amount from raw_orders having sum(amount) > 3 order by amount
;
select order_id as ship from raw_orders order by raw_orders.ship.city
;
select ship from raw_orders order by ship.city
;
select amount * 2 as amount from raw_orders order by amount + 1
;
select 'ship' as k, r.f as r from r order by r
;
select a.x.f as ff from (select r as x from holder) a
;
with x as (select r from holder) select x.r.f, r.h from x
;
with r as (select id as f from holder) select r.f from r
;
with r as (select id as f, r from holder) select r.f, r.r.f as rf, r.r.h from r
;
select o.f from (select holder.r.f, holder.r.h from holder) o
;
select o.h, count(*) from (select r.f, r.h from holder) o group by o.h
;
select first, last, value, key, position, filter, if, date, timestamp, window, match, define, measures, session, count, over, partition, range, rows, no, year, zone, current, any, format, json, nested, text, type, start, final, running, pivot, data, view, branch from kw
;
select count(count) as count, max(filter) filter (where filter > 1) as filter, sum(over) over (order by over) as over from kw group by partition, filter, over
;
select max(value) over (partition by rows range between unbounded preceding and current row) as m from kw
;
select kw.row.value as v, "row".key as k, kw."row".value + kw.value as s from kw
;
select map[key] as m, array[1] as a, array[first] as b, array [position] c from kw
;
select if(if > 1, last, first) as i, if as j from kw
;
select date '2026-01-01' as lit, date as col, date(timestamp) as fn, timestamp '2026-01-01 00:00:00' as tl, interval '1' day as il, interval as ic, interval || key as x from kw
;
select case when match = 'x' then window else define end as c, case if when 1 then value end as d from kw
;
select format('%s', format) as format, json_object(key key value value) as o, json_array(value) as a2 from kw
;
select json_object('k' value value), json_object(key : value) as b from kw
;
select text, data, view, type, branch from kw where type like 'x%' and data in ('a') order by view limit 5
;
select x.limit, x.current, limit + 1 as l2 from kw x order by limit offset 2 rows fetch next 3 rows only
;
select "all", any, "some", value > all (select first from kw) as c from kw
;
select transform(array, value -> value + first) as t, transform(array, x -> x + value) as t2, reduce(array, 0, (first, last) -> first + last + value, first -> first) as r from kw
;
select kw.at, at.value from kw join (select value, key from kw) at on at.key = kw.key
;
select final, running, match_number from (select final, running, 1 as match_number from kw)
;
select coalesce("coalesce", "nullif") as c, nullif("nullif", "coalesce") as n, try_cast("try_cast" as varchar) as t from kw
;
with session as (select value from kw), function as (select first from kw) select session.value, function.first from session, function
;
with filter(value) as (select first from kw), map as (select filter.value as key from filter) select map.key from map
;
select u.a, s2.u.b from s2.u
;
select u.u.c, s2.u.u.c as c2, u.c as c3 from s2.u
;
select s2.u.a as x from u
;
select u.s2.u.a as x, s.u as y, u.s.u as z from u
;
select x.a, y.a as ya, x.u.c from s2.u x, u y
;
select s2.u.a, u.b from s2.u where exists (select 1 from w where w.a = u.a and w.k = s2.u.b)
;
select (select a from w where w.k = u.k) as p, (select max(a) from w where k = u.k) as q, (select x + u.a from w limit 1) as z from u
;
select (select u.a) as p, (select k) as q from u
;
select (select max(q.a) from (select u.a + w.x as a from w) q) as m from u
;
select k, count(*) n from u group by k having max(a) > (select avg(x) from w where w.k = u.k)
;
select a from u order by (select max(x) from w where w.k = u.k), k
;
select k from u group by k order by max((select max(x) from w where w.a = u.a))
;
select sum(a) over (partition by (select max(x) from w where w.k = u.k)) as s from u
;
select u.a from u left join w on u.k = w.k and w.x = (select max(b) from s2.u z where z.a = u.a)
;
with w as (select a from u), v as (with u as (select x as a from s.w), w as (select a + 1 as a from u) select w.a from w) select v.a, w.a as wa from v, w
;
with a as (select a as a from u) select a.a from a
;
with a as (select a from u), b as (select a from a a) select b.a from b as b
;
with x as (select a from u) select * from (with x as (select k from u) select k from x) y cross join x
;
with x as (select a from u) select (with x as (select k from w) select max(k) from x) as m, a from x
;
with x as (select a from u), y as (select a from x union all select x from w) select y.a, (select count(*) from x where x.a = y.a) as n from y
;
with x as (select a from u) table x
;
insert into w (a, x) with u as (select k as a from u) select a, a + 1 from u
;
create table n1 as with recursive t(a, b) as (select a, k from u union all select t.a + w.a, w.x from t join w on w.k = t.b) select a as x, b as y from t
;
create view n2 as select * from (select a, k from u) union all select * from (select a, x from w)
;
create view n3 as (select a from u) except (select a from w) order by a
;
select * from ((select a from u union select k from u) intersect (select a from w)) z(q)
;
select q from (select a from u union all (select x from w order by k limit 3)) as z(q) order by q
;
(select a, k from u) union (select a, x from w) order by k, 1
;
select a from u union all select a from w union distinct select b from s2.u order by 1 offset 1
;
select z.v from (values (1, 'a'), (2, 'b')) as z(i, v) where i in (select a from u)
;
select i, v from (values (1, (select max(a) from u))) as z(i, v)
;
select l.a, l.b from u cross join lateral (select u.a as a, w.x as b from w where w.k = u.k union all select u.k, u.a) l
;
select l.a from u cross join lateral (select w.a from w join (select b from s2.u where s2.u.a = 1) q on q.b = w.k where w.x = u.a) l
;
select t.e, t.e2 from u cross join lateral (select * from unnest(array[u.a, u.k], array[1]) as z(e, e2)) t
;
select e from u, unnest(array[a, k]) t(e), lateral (select e * 2 as f) g where f > 1
;
select f, e from u cross join unnest(array[a, k]) t(e) cross join lateral (select e * u.a as f) g
;
select x.a, x.b from (select a, a as b from u) x cross join unnest(sequence(x.a, x.b)) as s(n) where n > x.a
;
select x, a, k from u join w using (k, a)
;
select k, z.b from u join w using (k) join (select b, a as k from s2.u) z using (k)
;
select k, max(x) from u left join w using (k) group by k having count(u.a) > 1 order by k
;
select t.k from (u join w using (k)) t
;
select t.k, t.x from (select * from u join w using (k)) t
;
select * from u join w using (a, k)
;
select count(*) from u full join w using (k) where k is not null
;
select u.a, w.x from u right join w on w.k = u.k cross join (select 1 as one) o
;
merge into w t using u s on (t.k = s.k) when matched then update set a = s.a + t.x, x = t.x when not matched then insert (a, k) values (s.a, s.k)
;
merge into w using (select a as ua, k as uk from u) on k = uk when matched and ua > x then update set a = ua, x = x + 1 when not matched then insert (a, k, x) values (ua, uk, ua * 2)
;
merge into w using (with z as (select a, k from u) select * from z) s on w.k = s.k when not matched then insert values (s.a, s.k, (select max(b) from s2.u))
;
update w set a = (select max(a) from u where u.k = w.k), x = x + k where exists (select 1 from u where u.a = w.a)
;
delete from w where k in (select k from u) or x = (select max(b) from s2.u where s2.u.a = w.a)
;
execute immediate 'merge into w t using u s on t.k = s.k when matched then update set a = s.a'
;
execute immediate 'create table n4 as select a, ? as p from u' using 1
;
select row_number() over w1 as a, sum(a) over (w1 rows unbounded preceding) as b, max(k) over w2 as c from u window w1 as (partition by k order by a), w2 as (w1)
;
select sum(a) over (partition by k) - sum(x) over (partition by a order by x) as d from (select u.a, w.x, u.k from u join w on u.k = w.k)
;
select first_value(a) over (partition by k order by a) as f, last_value(a) ignore nulls over (partition by k order by x rows between unbounded preceding and unbounded following) as l from w
;
select count(*) filter (where a > (select max(x) from w)) as n from u
;
select sum(if(a > 1, k)) filter (where a < 3) as s, array_agg(a order by k desc, a) as g from u
;
select k, array_agg(distinct a) as d, map_agg(a, k) as m, listagg(cast(a as varchar), ',') within group (order by k) as l from u group by k
;
select listagg(distinct key, '') within group (order by key) over_ from kw
;
select m.a, m.c from (select * from u) match_recognize (partition by k order by a measures last(b.a) - first(a.a) as c, a.a as a one row per match pattern (a b+) define b as b.a > prev(b.a, 1) and b.k = a.k) m
;
select * from w match_recognize (partition by k order by x measures running sum(d.a) as s, final avg(d.x) as f, classifier(d) as c all rows per match show empty matches after match skip to last d pattern (s d{1,3}? | permute(s, d)) define d as d.x < prev(d.x, 2) or d.a in (1, 2)) as mr
;
select mr.s, mr.x from w as t match_recognize (order by x measures sum(a) as s all rows per match pattern (z*) define z as x > 1) as mr
;
select (select max(c) from w match_recognize (order by x measures a.x as c pattern (a) define a as a.a > 0) m) as mx from u
;
select lo over win as lo, win_count over win as n from w window win as (partition by k order by x measures min(a.a) as lo, count(b.*) as win_count rows between current row and unbounded following pattern (a b*) define b as b.x > a.x)
;
select j.v, j.n from u cross join json_table('{}', 'lax $' columns (v bigint path 'lax $.a' default u.a on empty, n for ordinality)) j
;
select q.v as v, q.k from (select json_value(cast(k as varchar), 'lax $.a' passing a as x returning bigint) as v, k from u) q
;
select * from (select a, k from u) pivot (sum(a) as s, max(a) as m for k in (1 as one, 2 as two))
;
select one_s, region from (select a, k, a * 2 as region from u) pivot (sum(a) as s for k in (1 as one, 2 as two) group by region)
;
select n.x, u.a from u, nearest(from w match w.x <= u.a) n
;
select u.a, n.x from u cross join nearest(from w where w.k = u.k match w.x < u.a) as n
;
with function up(v bigint) returns bigint return v + 1, function down(a bigint) returns bigint begin declare k bigint; set k = a - 1; return k; end select up(a) as a, down(k) as k from u
;
with function neg(x bigint) returns bigint return -x with t as (select neg(a) as n from u) select n from t
;
create table n5 as with function neg(x bigint) returns bigint return -x select neg(a) as n from u
;
insert into w (a) with function neg(x bigint) returns bigint return -x select neg(k) from u
;
select a as "A b", k as "SELECT", a + k as "x.y" from u order by "a B", "x.y"
;
select "x.y"."a.b" from (select a as "a.b" from u) "x.y"
;
select """q""" from (select a as """q""" from u)
;
select "ü" + "Ü" as "ß" from (select a as "ü" from u)
;
select a /* c1 */ as /* , k */ b -- , k
, k from /* w */ u -- w
;
select 'it''s -- not' as s, U&'\0041' as t, X'00ff' as b, a from u
;
select a from u for version as of 'audit' where k > 1
;
select cur.a, old.a as old_a from u cur left join u for version as of 123 old on cur.k = old.k where cur.a <> old.a
;
select max(a) as m from u for timestamp as of current_timestamp - interval '1' day
;
select distinct on_.a from u on_
;
select all a, k from u
;
select t.* from u t cross join (select max(x) as mx from w) m where t.a = m.mx
;
select t.*, m.* from (select a from u) t cross join (select max(x) as mx from w) m
;
select u.*, u.a as again, * from u
;
select z.* from (select u.*, row_number() over (partition by k order by a desc) as rn from u) z where rn = 1
;
select a1.a, a2.k from u a1, u a2, u a3 where a1.k = a2.a and a3.a = a1.a
;
select coalesce(l.k, r.k) as k, l.a, r.x from u l full outer join w r on l.k = r.k
;
select greatest(a, k) as g, least(a, k) as l, abs(-a) as n, a between k and k + 1 as b, not (a = k) as e, a is null as i, (a, k) = (1, 2) as rw from u
;
select case when a > 1 then k when k > 1 then a end as c, case when a > 1 then case when k > 2 then a else k end else 0 end as d, case (select max(x) from w) when a then k end as e from u
;
select if(a > 1, k, if(k > 1, a, 0)) as i, if(exists (select 1 from w where w.k = u.k), a, k) as j from u
;
select cast(row(a, k) as row(x bigint, y bigint)).x as x, row(a, k)[1] as f, (row(a, k)) as r from u
;
select sq.r.x as rx, sq.r.y from (select cast(row(a, k) as row(x bigint, y bigint)) as r from u) sq
;
select sq.r.* from (select cast(row(a, k) as row(x bigint, y bigint)) as r from u) sq
;
select s.u as su, s2.u.a as s2ua from u
;
select un.x, un.y from (select array_agg(cast(row(a, k) as row(x bigint, y bigint))) as arr from u) cross join unnest(arr) as un(x, y)
;
select un.x, un.y, un.n from (select array_agg(cast(row(a, k) as row(x bigint, y bigint))) as arr from u) q cross join unnest(q.arr) with ordinality as un(x, y, n)
;
select k2, v2 from (select map_agg(a, k) as m from u) cross join unnest(m) as t(k2, v2)
;
select count(distinct if(a > 1, k)) as c, approx_distinct(a) filter (where k > 1) as d from u
;
select a + (select max(x) from w) * (select min(k) from w where w.a = u.a) as e from u
;
select u.a from u where (a, k) in (select a, k from w) and (select count(*) from w) > 1 and a = any (select x from w)
;
select a from u where not exists (select * from w where w.k = u.k) and a not in (values 1, 2)
;
select * from (select 1 as one, a from u) x where exists (select x.a)
;
select date_trunc('day', timestamp) as d, count(*) filter (where value > 0) as n, sum(value) as s from kw group by 1 having sum(value) > 1 order by 1
;
select "row" from kw
;
select ("row").value as v, ("row").key from kw
;
select kw.* as (c1, c2) from (select first, last from kw) kw
;
select q.* as (c1, c2), q.first from (select first, last from kw) q
;
values (1), (2)
;
select * from (values (select max(a) from u)) t(m)
;
explain analyze select a from u where k = 1
;
create or replace view n7 security definer as select u.a, w.x from u, w where u.k = w.k
;
create table n8 as select a, count(*) over () as total from u union all select k, 0 from w
;
create table n9 (p, q) as select a, k from u union select a, x from w
;
create table n10 as select distinct a as b, k as a from u
