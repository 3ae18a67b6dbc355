/** A query over two of the loaded tables, as rows of text with a first row of names. */
import type { Database } from './database.ts';

export async function busiestRoutes({ schema, query }: Database): Promise<string[][]> {
  const rows = await query(`
    WITH routes AS (
      SELECT origin, destination, count(*) AS flights, round(avg(delay), 1) AS delay, max(distance) AS miles
      FROM ${schema}.flights GROUP BY origin, destination ORDER BY flights DESC, origin LIMIT 5
    )
    SELECT origin AS "from", coalesce(a.city, '') AS city, destination AS "to", coalesce(b.city, '') AS "city ",
      to_char(flights, 'FM9,999,999') AS flights, delay AS "average delay (min)", miles
    FROM routes
    LEFT JOIN ${schema}.airports a ON a.iata = origin LEFT JOIN ${schema}.airports b ON b.iata = destination
    ORDER BY routes.flights DESC, origin`);
  return [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map(String))];
}
