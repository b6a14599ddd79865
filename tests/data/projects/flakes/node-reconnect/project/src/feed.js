import { EventEmitter } from "node:events";

import { persistently } from "./backoff.js";

/** Prices by article, kept fresh over a connection; emits `open`, `lost` and `price`. */
export class Feed extends EventEmitter {
  #connect;
  #base;
  #stopped = new AbortController();
  #prices = new Map();
  state = "new";

  constructor(connect, { base = 200 } = {}) {
    super();
    this.#connect = connect;
    this.#base = base;
  }

  /** Connects, and goes on trying in the background where that fails. */
  start() {
    this.state = "connecting";
    const options = { base: this.#base, signal: this.#stopped.signal, failed: (error) => this.emit("lost", error) };
    persistently(this.#connect, options).then(
      (connection) => this.#opened(connection),
      () => this.stop(),
    );
  }

  stop() {
    this.state = "stopped";
    this.#stopped.abort();
  }

  price(article) {
    return this.#prices.get(article);
  }

  #opened(connection) {
    if (this.state === "stopped") return;
    connection.on("message", ({ article, cents }) => {
      this.#prices.set(article, cents);
      this.emit("price", article);
    });
    this.state = "open";
    this.emit("open");
  }
}
