/** Health: is the connection alive, is the pool exhausted. Checks never throw: what is wrong is their answer. */
import type { Database } from "./database.js";
import { after } from "./deadline.js";
import { memory, metrics } from "./metrics.js";

export interface Health {
  healthy: boolean;
  message: string;
  /** Seconds that the check took. */
  latency: number;
  details: Record<string, unknown>;
}

export interface HealthOptions {
  /** Seconds after which the answer is "unhealthy": 5 unless given. */
  timeout?: number;
}

async function check(work: () => Promise<Omit<Health, "latency">>, timeout: number): Promise<Health> {
  const started = performance.now();
  let callOff = () => {};
  const late = new Promise<Omit<Health, "latency">>((resolve) => {
    callOff = after(timeout, () => resolve({ healthy: false, message: `no answer within ${timeout} s`, details: { timeout } }));
  });
  let answer: Omit<Health, "latency">;
  try {
    answer = await Promise.race([work(), late]);
  } catch (error) {
    const { code, name, message } = error as { code?: string; name?: string; message?: string };
    answer = { healthy: false, message: String(message ?? error), details: { code: code ?? null, error: name ?? typeof error } };
  } finally {
    callOff();
  }
  const { healthy, message, details } = answer;
  return { healthy, message, latency: (performance.now() - started) / 1000, details };
}

const seconds = (options: HealthOptions | undefined): number => {
  const timeout = Number(options?.timeout ?? 5);
  return timeout > 0 ? timeout : 5;
};

/** Asks the database for its catalogue, past any transaction that is open, and measures how long that takes. */
export function checkConnectionHealth(db: Database, options?: HealthOptions): Promise<Health> {
  const timeout = seconds(options);
  return check(async () => {
    const details = JSON.parse(await db.root.channelCall("ping", timeout)) as Record<string, unknown>;
    return { healthy: true, message: "the database answers", details: { database: db.name, ...details } };
  }, timeout);
}

/** Looks at who uses the replicas and who waits for one. Without a pool there is one connection, which a transaction holds for itself. */
export function checkPoolHealth(db: Database, options?: HealthOptions): Promise<Health> {
  return check(async () => {
    const {
      pool_size: poolSize,
      pool_active: active,
      pool_idle: idle,
      pool_waiting: waiting,
      pool_utilization: utilization,
    } = await metrics(db.root);
    const { pool } = db.root;
    const replicas = pool ? poolSize : 0;
    const where = db.isLocal ? "this thread" : "a Worker";
    const details = {
      poolSize: db.options.poolSize ?? 0,
      maxOverflow: db.options.maxOverflow ?? 0,
      replicas,
      connections: 1 + replicas,
      primary: where,
      active,
      idle,
      waiting,
      utilization,
    };
    const exhausted = waiting > 0 && idle <= 0;
    const inUse = pool
      ? `${active} of ${replicas} replicas are in use`
      : `no pool: one connection in ${where}, ${active ? "held by a transaction" : "free"}`;
    const message = exhausted ? `${inUse}, and ${waiting} statements wait` : inUse;
    return { healthy: !exhausted, message, details };
  }, seconds(options));
}

/** Connection, pool and memory in one answer. */
export async function health(db: Database, options?: HealthOptions): Promise<Health> {
  const started = performance.now();
  const [connection, pool] = await Promise.all([checkConnectionHealth(db, options), checkPoolHealth(db, options)]);
  const bad = [connection, pool].find((each) => !each.healthy);
  const details: Record<string, unknown> = { connection, pool };
  try {
    if (!db.isClosed) details.memory = await memory(db);
  } catch {
    // The answer stands without it.
  }
  return { healthy: !bad, message: bad?.message ?? "healthy", latency: (performance.now() - started) / 1000, details };
}
