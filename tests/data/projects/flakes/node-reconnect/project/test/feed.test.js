import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Feed } from "../src/feed.js";

/** A server that refuses so many connections before it takes one. */
function server({ refuses = 0 } = {}) {
  const connection = new EventEmitter();
  const connect = async () => {
    if (refuses > 0) {
      refuses -= 1;
      throw new Error("connection refused");
    }
    return connection;
  };
  return { connect, connection };
}

test("a feed opens", async (t) => {
  const feed = new Feed(server().connect);
  t.after(() => feed.stop());
  feed.start();
  await once(feed, "open");
  assert.equal(feed.state, "open");
});

test("prices arrive", async (t) => {
  const { connect, connection } = server();
  const feed = new Feed(connect);
  t.after(() => feed.stop());
  feed.start();
  await once(feed, "open");
  connection.emit("message", { article: "tea", cents: 480 });
  assert.equal(feed.price("tea"), 480);
});

test("a stopped feed does not open any more", async () => {
  const feed = new Feed(server({ refuses: 1 }).connect, { base: 5 });
  feed.start();
  await once(feed, "lost");
  feed.stop();
  assert.equal(feed.state, "stopped");
});

test("a feed connects again after two refusals", async (t) => {
  const feed = new Feed(server({ refuses: 2 }).connect, { base: 20 });
  t.after(() => feed.stop());
  feed.start();
  await sleep(70);
  assert.equal(feed.state, "open", "the feed has not connected again");
});
