--! user=dbt source=dbt-trino-1.10.1 catalog=lake schema=analytics tags=dbt rounds=8
/* {"app": "dbt", "dbt_version": "1.10.4", "profile_name": "lakehouse", "target_name": "prod", "node_id": "model.shop.stg_orders"} */
create or replace view "lake"."analytics"."stg_orders" security definer as
with source as (
    select * from "lake"."core"."orders"
),
renamed as (
    select order_id, customer_id, status as order_status, order_date, total as order_total from source
)
select * from renamed
--!
/* {"app": "dbt", "dbt_version": "1.10.4", "profile_name": "lakehouse", "target_name": "prod", "node_id": "model.shop.stg_customers"} */
create or replace view "lake"."analytics"."stg_customers" security definer as
select customer_id, name as customer_name, lower(segment) as segment, nation from "lake"."core"."customers"
--!
/* {"app": "dbt", "dbt_version": "1.10.4", "profile_name": "lakehouse", "target_name": "prod", "node_id": "model.shop.fct_customer_orders"} */
create table "lake"."analytics"."fct_customer_orders__dbt_tmp" as (
  with customers as (select * from "lake"."analytics"."stg_customers"),
  orders as (select * from "lake"."analytics"."stg_orders"),
  final as (
    select customer_id, c.customer_name, c.segment, min(o.order_date) as first_order, max(o.order_date) as latest_order,
      count(o.order_id) as number_of_orders, sum(o.order_total) as lifetime_value
    from customers c
    left join orders o using (customer_id)
    group by 1, 2, 3
  )
  select * from final
)
--!
drop table if exists "lake"."analytics"."fct_customer_orders"
--!
alter table "lake"."analytics"."fct_customer_orders__dbt_tmp" rename to "lake"."analytics"."fct_customer_orders"
--!
/* {"app": "dbt", "dbt_version": "1.10.4", "profile_name": "lakehouse", "target_name": "prod", "node_id": "test.shop.not_null_fct_customer_orders_customer_id"} */
select count(*) as failures, count(*) != 0 as should_warn, count(*) != 0 as should_error
from (
  select customer_id from "lake"."analytics"."fct_customer_orders" where customer_id is null
) dbt_internal_test
--!
/* {"app": "dbt", "dbt_version": "1.10.4", "profile_name": "lakehouse", "target_name": "prod", "node_id": "model.shop.segment_summary"} */
create or replace table "lake"."analytics"."segment_summary" as
select segment, approx_percentile(lifetime_value, 0.5) as median_value, count_if(number_of_orders > 5) as loyal, max(latest_order) as latest
from "lake"."analytics"."fct_customer_orders"
group by segment
