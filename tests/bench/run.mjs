// make bench: all measurements, one after the other. Only ratios within one run mean anything.
await import("./load.mjs");
await import("./compile.mjs");
await import("./telemetry.mjs");
