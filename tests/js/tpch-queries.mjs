// The queries for tpch.test.mjs: plain SQL and the same as DataFrame programs. Parameters are those of the specification unless no row would be left
// at scale 0.01. Amounts are computed as the specification says: price × (1 − discount).

const revenue = "l_extendedprice * (1 - l_discount)";

export const queries = {
  "q2: the cheapest supplier of a part": {
    sql: `SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment
      FROM part, supplier, partsupp, nation, region
      WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_size = 15 AND p_type LIKE '%BRASS' AND s_nationkey = n_nationkey
        AND n_regionkey = r_regionkey AND r_name = 'EUROPE' AND ps_supplycost = (
          SELECT min(ps_supplycost) FROM partsupp, supplier, nation, region
          WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE')
      ORDER BY s_acctbal DESC, n_name, s_name, p_partkey LIMIT 100`,
    frames: {
      correlated: ({ t, col, F }) => {
        const offers = t.partsupp
          .join(t.supplier, col("s_suppkey").eq(col("ps_suppkey")))
          .join(t.nation, col("s_nationkey").eq(col("n_nationkey")))
          .join(t.region.where("r_name = 'EUROPE'"), col("n_regionkey").eq(col("r_regionkey")));
        const least = offers.where(col("ps_partkey").eq(col("p_partkey"))).agg(F.min("ps_supplycost"));
        return t.part
          .where(col("p_size").eq(15).and(col("p_type").endsWith("BRASS")))
          .join(offers, col("p_partkey").eq(col("ps_partkey")))
          .where(col("ps_supplycost").eq(F.scalarSubquery(least)))
          .select("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment")
          .orderBy(col("s_acctbal").desc(), "n_name", "s_name", "p_partkey")
          .limit(100);
      },
      joins: ({ t, col, F }) => {
        const offers = t.partsupp
          .join(t.supplier, col("s_suppkey").eq(col("ps_suppkey")))
          .join(t.nation, col("s_nationkey").eq(col("n_nationkey")))
          .join(t.region.where("r_name = 'EUROPE'"), col("n_regionkey").eq(col("r_regionkey")));
        const least = offers.groupBy(col("ps_partkey").alias("key")).agg(F.min("ps_supplycost").alias("least"));
        return t.part
          .where("p_size = 15 and p_type like '%BRASS'")
          .join(offers, col("p_partkey").eq(col("ps_partkey")))
          .join(least, col("key").eq(col("p_partkey")).and(col("least").eq(col("ps_supplycost"))))
          .select("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr", "s_address", "s_phone", "s_comment")
          .orderBy(col("s_acctbal").desc(), "n_name", "s_name", "p_partkey")
          .limit(100);
      },
    },
  },

  "q4: late orders by priority": {
    sql: `SELECT o_orderpriority, count(*) AS order_count FROM orders
      WHERE o_orderdate >= '1993-07-01' AND o_orderdate < '1993-10-01'
        AND EXISTS (SELECT * FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate)
      GROUP BY o_orderpriority ORDER BY o_orderpriority`,
    frames: {
      correlated: ({ t, col, F }) =>
        t.orders
          .where(col("o_orderdate").ge("1993-07-01").and(col("o_orderdate").lt("1993-10-01")))
          .where(F.exists(t.lineitem.where(col("l_orderkey").eq(col("o_orderkey")).and(col("l_commitdate").lt(col("l_receiptdate"))))))
          .groupBy("o_orderpriority").agg(F.count("*").alias("order_count")).orderBy("o_orderpriority"),
      isin: ({ t, col }) =>
        t.orders
          .where("o_orderdate between '1993-07-01' and '1993-09-30'")
          .where(col("o_orderkey").isin(t.lineitem.where("l_commitdate < l_receiptdate").select("l_orderkey")))
          .groupBy("o_orderpriority").count().orderBy("o_orderpriority"),
    },
  },

  "q11: important stock": {
    sql: `SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp, supplier, nation
      WHERE ps_suppkey = s_suppkey AND s_nationkey = n_nationkey AND n_name = 'GERMANY' GROUP BY ps_partkey
      HAVING sum(ps_supplycost * ps_availqty) > (SELECT sum(ps_supplycost * ps_availqty) * 0.01 FROM partsupp, supplier, nation
        WHERE ps_suppkey = s_suppkey AND s_nationkey = n_nationkey AND n_name = 'GERMANY') ORDER BY value DESC`,
    frames: {
      subquery: ({ t, col, F }) => {
        const stock = t.partsupp
          .join(t.supplier, col("ps_suppkey").eq(col("s_suppkey")))
          .join(t.nation.where("n_name = 'GERMANY'"), col("s_nationkey").eq(col("n_nationkey")))
          .withColumn("worth", col("ps_supplycost").mul(col("ps_availqty")));
        return stock
          .groupBy("ps_partkey").agg(F.sum("worth").alias("value"))
          .where(col("value").gt(F.scalarSubquery(stock.agg(F.sum("worth").mul(0.01)))))
          .orderBy(col("value").desc());
      },
      crossJoin: ({ t, col, F }) => {
        const stock = t.partsupp
          .join(t.supplier, col("ps_suppkey").eq(col("s_suppkey")))
          .join(t.nation.where("n_name = 'GERMANY'"), col("s_nationkey").eq(col("n_nationkey")))
          .withColumn("worth", col("ps_supplycost").mul(col("ps_availqty")));
        return stock
          .groupBy("ps_partkey").agg(F.sum("worth").alias("value"))
          .crossJoin(stock.agg(F.sum("worth").alias("total")))
          .where("value > total * 0.01")
          .drop("total").orderBy(col("value").desc());
      },
    },
  },

  "q12: shipping modes and order priority": {
    sql: `SELECT l_shipmode, sum(CASE WHEN o_orderpriority IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) AS high_line_count,
        sum(CASE WHEN o_orderpriority NOT IN ('1-URGENT', '2-HIGH') THEN 1 ELSE 0 END) AS low_line_count
      FROM orders, lineitem WHERE o_orderkey = l_orderkey AND l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate
        AND l_shipdate < l_commitdate AND l_receiptdate >= '1994-01-01' AND l_receiptdate < '1995-01-01'
      GROUP BY l_shipmode ORDER BY l_shipmode`,
    frames: {
      frame: ({ t, col, when, F }) => {
        const urgent = col("o_orderpriority").isin("1-URGENT", "2-HIGH");
        return t.orders
          .join(t.lineitem, col("o_orderkey").eq(col("l_orderkey")))
          .where(col("l_shipmode").isin("MAIL", "SHIP"))
          .where(col("l_commitdate").lt(col("l_receiptdate")).and(col("l_shipdate").lt(col("l_commitdate"))))
          .where(F.year("l_receiptdate").eq(1994))
          .groupBy("l_shipmode")
          .agg(F.sum(when(urgent, 1).otherwise(0)).alias("high_line_count"), F.countIf(urgent.not()).alias("low_line_count"))
          .orderBy("l_shipmode");
      },
    },
  },

  "q13: how many orders customers have": {
    sql: `SELECT c_count, count(*) AS custdist FROM (SELECT c_custkey, count(o_orderkey) AS c_count FROM customer
        LEFT JOIN orders ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%' GROUP BY c_custkey)
      GROUP BY c_count ORDER BY custdist DESC, c_count DESC`,
    frames: {
      frame: ({ t, col, F }) =>
        t.customer
          .join(t.orders, col("c_custkey").eq(col("o_custkey")).and(col("o_comment").like("%special%requests%").not()), "left")
          .groupBy("c_custkey").agg(F.count("o_orderkey").alias("c_count"))
          .groupBy("c_count").agg(F.count("*").alias("custdist"))
          .orderBy(col("custdist").desc(), col("c_count").desc()),
      "correlated count": ({ t, col, F }) =>
        t.customer
          .select("c_custkey", F.scalarSubquery(t.orders.where(col("o_custkey").eq(col("c_custkey"))).where("o_comment not like '%special%requests%'").agg(F.count("*"))).alias("c_count"))
          .groupBy("c_count").agg(F.count("*").alias("custdist"))
          .orderBy(col("custdist").desc(), col("c_count").desc()),
    },
  },

  "q14: promotion effect": {
    sql: `SELECT 100.0 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN ${revenue} ELSE 0 END) / sum(${revenue}) AS promo_revenue
      FROM lineitem, part WHERE l_partkey = p_partkey AND l_shipdate >= '1995-09-01' AND l_shipdate < '1995-10-01'`,
    frames: {
      frame: ({ t, col, expr, when, F }) => {
        const amount = expr(revenue);
        return t.lineitem
          .join(t.part, col("l_partkey").eq(col("p_partkey")))
          .where(F.dateTrunc("month", "l_shipdate").eq("1995-09-01"))
          .agg(F.sum(when(col("p_type").startsWith("PROMO"), amount).otherwise(0)).mul(100).div(F.sum(amount)).alias("promo_revenue"));
      },
    },
  },

  "q15: the top supplier": {
    sql: `WITH revenue AS (SELECT l_suppkey AS supplier_no, sum(${revenue}) AS total_revenue FROM lineitem
        WHERE l_shipdate >= '1996-01-01' AND l_shipdate < '1996-04-01' GROUP BY l_suppkey)
      SELECT s_suppkey, s_name, s_address, s_phone, total_revenue FROM supplier, revenue
      WHERE s_suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue) ORDER BY s_suppkey`,
    frames: {
      subquery: ({ t, col, expr, F }) => {
        const sold = t.lineitem
          .where("l_shipdate >= '1996-01-01' and l_shipdate < '1996-04-01'")
          .groupBy("l_suppkey").agg(F.sum(expr(revenue)).alias("total_revenue"));
        return t.supplier
          .join(sold, col("s_suppkey").eq(col("l_suppkey")))
          .where(col("total_revenue").eq(F.scalarSubquery(sold.agg(F.max("total_revenue")))))
          .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue").orderBy("s_suppkey");
      },
      window: ({ t, col, expr, F, Window }) =>
        t.lineitem
          .where(col("l_shipdate").ge("1996-01-01").and(col("l_shipdate").lt(F.addMonths(expr("date '1996-01-01'"), 3))))
          .groupBy("l_suppkey").agg(F.sum(expr(revenue)).alias("total_revenue"))
          .withColumn("place", F.rank().over(Window.orderBy(col("total_revenue").desc())))
          .where("place = 1")
          .join(t.supplier, col("s_suppkey").eq(col("l_suppkey")))
          .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue").orderBy("s_suppkey"),
    },
  },

  "q16: parts and how many supply them": {
    sql: `SELECT p_brand, p_type, p_size, count(DISTINCT ps_suppkey) AS supplier_cnt FROM partsupp, part
      WHERE p_partkey = ps_partkey AND p_brand <> 'Brand#45' AND p_type NOT LIKE 'MEDIUM POLISHED%' AND p_size IN (49, 14, 23, 45, 19, 3, 36, 9)
        AND ps_suppkey NOT IN (SELECT s_suppkey FROM supplier WHERE s_comment LIKE '%Customer%Complaints%')
      GROUP BY p_brand, p_type, p_size ORDER BY supplier_cnt DESC, p_brand, p_type, p_size`,
    frames: {
      "not in": ({ t, col, F }) =>
        t.partsupp
          .join(t.part, col("p_partkey").eq(col("ps_partkey")))
          .where(col("p_brand").ne("Brand#45").and(col("p_type").like("MEDIUM POLISHED%").not()).and(col("p_size").isin([49, 14, 23, 45, 19, 3, 36, 9])))
          .where(col("ps_suppkey").isin(t.supplier.where(col("s_comment").like("%Customer%Complaints%")).select("s_suppkey")).not())
          .groupBy("p_brand", "p_type", "p_size").agg(F.countDistinct("ps_suppkey").alias("supplier_cnt"))
          .orderBy(col("supplier_cnt").desc(), "p_brand", "p_type", "p_size"),
      anti: ({ t, col, F }) =>
        t.partsupp
          .join(t.part.where("p_brand <> 'Brand#45' and p_type not like 'MEDIUM POLISHED%' and p_size in (49, 14, 23, 45, 19, 3, 36, 9)"), col("p_partkey").eq(col("ps_partkey")))
          .join(t.supplier.where(col("s_comment").rlike("Customer.*Complaints")), col("s_suppkey").eq(col("ps_suppkey")), "anti")
          .groupBy("p_brand", "p_type", "p_size").agg(F.countDistinct("ps_suppkey").alias("supplier_cnt"))
          .orderBy(col("supplier_cnt").desc(), "p_brand", "p_type", "p_size"),
    },
  },

  "q17: revenue of small orders": {
    sql: `SELECT sum(l_extendedprice) / 7.0 AS avg_yearly FROM lineitem, part WHERE p_partkey = l_partkey AND p_brand LIKE 'Brand#2%'
        AND p_container = 'MED BOX' AND l_quantity < (SELECT 0.2 * avg(l_quantity) FROM lineitem WHERE l_partkey = p_partkey)`,
    frames: {
      correlated: ({ t, col, F }) => {
        const small = t.lineitem.alias("inner").where(col("inner.l_partkey").eq(col("p_partkey"))).agg(F.avg("inner.l_quantity").mul(0.2));
        return t.lineitem
          .join(t.part, col("p_partkey").eq(col("l_partkey")))
          .where(col("p_brand").startsWith("Brand#2").and(col("p_container").eq("MED BOX")))
          .where(col("l_quantity").lt(F.scalarSubquery(small)))
          .agg(F.sum("l_extendedprice").div(7).alias("avg_yearly"));
      },
      window: ({ t, col, F, Window }) =>
        t.lineitem
          .join(t.part.where("p_brand like 'Brand#2%' and p_container = 'MED BOX'"), col("p_partkey").eq(col("l_partkey")))
          .withColumn("mean", F.avg("l_quantity").over(Window.partitionBy("p_partkey")))
          .where("l_quantity < 0.2 * mean")
          .agg(F.sum("l_extendedprice").div(7).alias("avg_yearly")),
    },
  },

  "q18: large orders": {
    sql: `SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) FROM customer, orders, lineitem
      WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 270)
        AND c_custkey = o_custkey AND o_orderkey = l_orderkey
      GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice ORDER BY o_totalprice DESC, o_orderdate LIMIT 100`,
    frames: {
      isin: ({ t, col, F }) =>
        t.customer
          .join(t.orders, col("c_custkey").eq(col("o_custkey")))
          .join(t.lineitem, col("o_orderkey").eq(col("l_orderkey")))
          .where(col("o_orderkey").isin(t.lineitem.groupBy("l_orderkey").agg(F.sum("l_quantity").alias("q")).where("q > 270").select("l_orderkey")))
          .groupBy("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice").agg(F.sum("l_quantity"))
          .orderBy(col("o_totalprice").desc(), "o_orderdate").limit(100),
      join: ({ t, col, F }) =>
        t.lineitem.groupBy("l_orderkey").agg(F.sum("l_quantity").alias("q")).where(col("q").gt(270))
          .join(t.orders, col("o_orderkey").eq(col("l_orderkey")))
          .join(t.customer, col("c_custkey").eq(col("o_custkey")))
          .select("c_name", "c_custkey", "o_orderkey", "o_orderdate", "o_totalprice", "q")
          .orderBy(col("o_totalprice").desc(), "o_orderdate").limit(100),
    },
  },

  "q19: discounted revenue": {
    sql: `SELECT sum(${revenue}) AS revenue FROM lineitem, part WHERE p_partkey = l_partkey AND l_shipmode IN ('AIR', 'AIR REG')
        AND l_shipinstruct = 'DELIVER IN PERSON' AND (
          p_brand = 'Brand#12' AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') AND l_quantity BETWEEN 1 AND 11 AND p_size BETWEEN 1 AND 5
          OR p_brand = 'Brand#23' AND p_container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') AND l_quantity BETWEEN 10 AND 20 AND p_size BETWEEN 1 AND 10
          OR p_brand = 'Brand#34' AND p_container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') AND l_quantity BETWEEN 20 AND 30 AND p_size BETWEEN 1 AND 15)`,
    frames: {
      frame: ({ t, col, expr, F }) => {
        const kind = (brand, containers, least, size) =>
          col("p_brand").eq(brand).and(col("p_container").isin(containers)).and(col("l_quantity").between(least, least + 10)).and(col("p_size").between(1, size));
        return t.lineitem
          .join(t.part, col("p_partkey").eq(col("l_partkey")))
          .where(col("l_shipmode").isin("AIR", "AIR REG").and(col("l_shipinstruct").eq("DELIVER IN PERSON")))
          .where(kind("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5)
            .or(kind("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10))
            .or(kind("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15)))
          .agg(F.sum(expr(revenue)).alias("revenue"));
      },
    },
  },

  "q20: suppliers with more stock than they sell": {
    sql: `SELECT s_name, s_address FROM supplier, nation WHERE s_suppkey IN (SELECT ps_suppkey FROM partsupp
          WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE 'forest%')
            AND ps_availqty > (SELECT 0.5 * sum(l_quantity) FROM lineitem WHERE l_partkey = ps_partkey AND l_suppkey = ps_suppkey
              AND l_shipdate >= '1994-01-01' AND l_shipdate < '1995-01-01'))
        AND s_nationkey = n_nationkey AND n_name = 'CANADA' ORDER BY s_name`,
    frames: {
      correlated: ({ t, col, F }) => {
        const sold = t.lineitem
          .where(col("l_partkey").eq(col("ps_partkey")).and(col("l_suppkey").eq(col("ps_suppkey"))))
          .where("l_shipdate >= '1994-01-01' and l_shipdate < '1995-01-01'")
          .agg(F.sum("l_quantity").mul(0.5));
        const plenty = t.partsupp
          .where(col("ps_partkey").isin(t.part.where(col("p_name").startsWith("forest")).select("p_partkey")))
          .where(col("ps_availqty").gt(F.scalarSubquery(sold)))
          .select("ps_suppkey");
        return t.supplier
          .join(t.nation.where("n_name = 'CANADA'"), col("s_nationkey").eq(col("n_nationkey")))
          .where(col("s_suppkey").isin(plenty))
          .select("s_name", "s_address").orderBy("s_name");
      },
      joins: ({ t, col, F }) => {
        const sold = t.lineitem
          .where(F.year("l_shipdate").eq(1994))
          .groupBy("l_partkey", "l_suppkey").agg(F.sum("l_quantity").alias("q"));
        const plenty = t.partsupp
          .join(t.part.where("p_name like 'forest%'"), col("p_partkey").eq(col("ps_partkey")), "semi")
          .join(sold, [col("l_partkey").eq(col("ps_partkey")), col("l_suppkey").eq(col("ps_suppkey"))])
          .where("ps_availqty > 0.5 * q")
          .select("ps_suppkey").distinct();
        return t.supplier
          .join(t.nation.where("n_name = 'CANADA'"), col("s_nationkey").eq(col("n_nationkey")))
          .join(plenty, col("s_suppkey").eq(col("ps_suppkey")))
          .select("s_name", "s_address").orderBy("s_name");
      },
    },
  },

  "q21: suppliers who kept orders waiting": {
    sql: `SELECT s_name, count(*) AS numwait FROM supplier, lineitem l1, orders, nation WHERE s_suppkey = l1.l_suppkey AND o_orderkey = l1.l_orderkey
        AND o_orderstatus = 'F' AND l1.l_receiptdate > l1.l_commitdate
        AND EXISTS (SELECT * FROM lineitem l2 WHERE l2.l_orderkey = l1.l_orderkey AND l2.l_suppkey <> l1.l_suppkey)
        AND NOT EXISTS (SELECT * FROM lineitem l3 WHERE l3.l_orderkey = l1.l_orderkey AND l3.l_suppkey <> l1.l_suppkey AND l3.l_receiptdate > l3.l_commitdate)
        AND s_nationkey = n_nationkey AND n_name = 'SAUDI ARABIA' GROUP BY s_name ORDER BY numwait DESC, s_name LIMIT 100`,
    frames: {
      correlated: ({ t, col, F }) => {
        const other = (name) => t.lineitem.alias(name).where(col(`${name}.l_orderkey`).eq(col("l1.l_orderkey")).and(col(`${name}.l_suppkey`).ne(col("l1.l_suppkey"))));
        return t.supplier
          .join(t.lineitem.alias("l1"), col("s_suppkey").eq(col("l1.l_suppkey")))
          .join(t.orders, col("o_orderkey").eq(col("l1.l_orderkey")))
          .join(t.nation, col("s_nationkey").eq(col("n_nationkey")))
          .where(col("o_orderstatus").eq("F").and(col("n_name").eq("SAUDI ARABIA")).and(col("l1.l_receiptdate").gt(col("l1.l_commitdate"))))
          .where(F.exists(other("l2")))
          .where(F.notExists(other("l3").where(col("l3.l_receiptdate").gt(col("l3.l_commitdate")))))
          .groupBy("s_name").agg(F.count("*").alias("numwait"))
          .orderBy(col("numwait").desc(), "s_name").limit(100);
      },
      groups: ({ t, col, when, F }) => {
        const late = col("l_receiptdate").gt(col("l_commitdate"));
        const alone = t.lineitem
          .groupBy(col("l_orderkey").alias("order"))
          .agg(F.countDistinct("l_suppkey").alias("n"), F.countDistinct(when(late, col("l_suppkey"))).alias("n_late"))
          .where("n > 1 and n_late = 1");
        return t.lineitem.where(late)
          .join(alone, col("order").eq(col("l_orderkey")))
          .join(t.orders.where("o_orderstatus = 'F'"), col("o_orderkey").eq(col("l_orderkey")))
          .join(t.supplier, col("s_suppkey").eq(col("l_suppkey")))
          .join(t.nation.where("n_name = 'SAUDI ARABIA'"), col("s_nationkey").eq(col("n_nationkey")), "semi")
          .groupBy("s_name").agg(F.count("*").alias("numwait"))
          .orderBy(col("numwait").desc(), "s_name").limit(100);
      },
    },
  },

  "q22: customers who might buy": {
    sql: `SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal FROM (
        SELECT substr(c_phone, 1, 2) AS cntrycode, c_acctbal FROM customer WHERE substr(c_phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17')
          AND c_acctbal > (SELECT avg(c_acctbal) FROM customer WHERE c_acctbal > 0.00 AND substr(c_phone, 1, 2) IN ('13', '31', '23', '29', '30', '18', '17'))
          AND NOT EXISTS (SELECT * FROM orders WHERE o_custkey = c_custkey))
      GROUP BY cntrycode ORDER BY cntrycode`,
    frames: {
      correlated: ({ t, col, F }) => {
        const some = t.customer
          .withColumn("cntrycode", col("c_phone").substr(1, 2))
          .where(col("cntrycode").isin("13", "31", "23", "29", "30", "18", "17"));
        return some
          .where(col("c_acctbal").gt(F.scalarSubquery(some.where("c_acctbal > 0").agg(F.avg("c_acctbal")))))
          .where(F.notExists(t.orders.where(col("o_custkey").eq(col("c_custkey")))))
          .groupBy("cntrycode").agg(F.count("*").alias("numcust"), F.sum("c_acctbal").alias("totacctbal"))
          .orderBy("cntrycode");
      },
      joins: ({ t, col, F }) => {
        const some = t.customer
          .withColumn("cntrycode", F.substring("c_phone", 1, 2))
          .where("cntrycode in ('13', '31', '23', '29', '30', '18', '17')");
        return some
          .crossJoin(some.where("c_acctbal > 0").agg(F.avg("c_acctbal").alias("mean")))
          .where("c_acctbal > mean")
          .join(t.orders, col("c_custkey").eq(col("o_custkey")), "anti")
          .groupBy("cntrycode").agg(F.count("*").alias("numcust"), F.sum("c_acctbal").alias("totacctbal"))
          .orderBy("cntrycode");
      },
    },
  },
};
