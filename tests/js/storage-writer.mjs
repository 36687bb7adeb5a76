// A process that writes until it is told to stop or killed: prints a line for every commit that was acknowledged to it.
import { connect } from "../../pkg/dist/index.js";

const [path, name, seconds] = process.argv.slice(2);
const db = await connect(path);
const until = Date.now() + Number(seconds) * 1000;
let busy = 0;
console.log("ready");
for (let i = 1; Date.now() < until; i++) {
  try {
    if (i % 3 === 0) {
      await db.execute("BEGIN IMMEDIATE");
      try {
        await db.execute("INSERT INTO log VALUES (?, ?, ?)", [name, i, "x".repeat((i * 37) % 3000)]);
        await db.execute("UPDATE counter SET n = n + 1");
        await db.execute("COMMIT");
      } catch (error) {
        await db.execute("ROLLBACK").catch(() => {});
        throw error;
      }
    } else {
      await db.execute("INSERT INTO log VALUES (?, ?, ?)", [name, i, "y".repeat((i * 91) % 5000)]);
    }
    process.stdout.write(`${i}\n`);
    if (i % 10 === 0) await db.execute("DELETE FROM log WHERE writer = ? AND i < ? AND i % 7 = 3", [`${name} old`, i]);
  } catch (error) {
    if (error.code !== "busy") throw error;
    busy++;
  }
}
await db.close();
console.log(`busy ${busy}`);
