// The package with databases in a Worker where nothing else is said: the suites run over it as over ./pkg, and must give the same answers.
import { connect as connectHere } from "../../pkg/dist/index.js";

export * from "../../pkg/dist/index.js";
export const connect = (target, options) => connectHere(target, { worker: true, ...options });
