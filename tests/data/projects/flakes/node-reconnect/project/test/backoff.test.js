import assert from "node:assert/strict";
import { test } from "node:test";

import { delay } from "../src/backoff.js";

test("each attempt waits twice as long", () => {
  const random = () => 0.5;
  assert.deepEqual([0, 1, 2].map((attempt) => delay(attempt, { base: 20, random })), [20, 40, 80]);
});

test("no attempt waits longer than it may", () => {
  assert.equal(delay(30, { base: 20, most: 1000, random: () => 0.5 }), 1000);
});
