import type { Channel } from "./connection.js";
import { call } from "./core.js";
import type { Engine } from "./engine.js";

/** A database in this thread. */
export class LocalChannel implements Channel {
  readonly source: Engine;

  constructor(readonly engine: Engine) {
    this.source = engine;
  }

  async call(method: string, args: unknown[]): Promise<any> {
    return call(this.engine, (engine) => engine[method](...args));
  }

  async close(): Promise<void> {
    try {
      call(this.engine, (engine) => engine.close());
    } catch (error) {
      // With a module that has stopped everything is closed.
      if ((error as { code?: string }).code !== "internal") throw error;
    }
  }
}
