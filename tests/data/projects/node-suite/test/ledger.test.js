import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

class LedgerError extends Error {}

test("adds up", () => assert.equal(1 + 1, 2));

test("balance is exact", () => {
  assert.equal(7 * 6, 41);
});

test("balance is exact, with words", () => {
  assert.equal(7 * 6, 41, "the balance is off");
});

test("entries are in order", () => {
  assert.deepEqual(["rice", "tea"], ["tea", "rice"]);
});

describe("accounts", () => {
  beforeEach(() => {});
  it("opens", () => {});
  it("closes", () => {
    const account = undefined;
    account.close();
  });
  describe("that are new", () => {
    it("hold nothing > at all (\"really\") # here", () => {
      throw new LedgerError("an account\n\nwith two paragraphs");
    });
  });
  it("waits for nobody", { timeout: 30 }, async () => {
    await sleep(2000);
  });
  it.skip("is not there yet", () => assert.fail("never"));
  it("may fail", { todo: "some day" }, () => assert.fail("not yet"));
});

describe("a ledger that cannot be opened", () => {
  before(() => {
    throw new Error("no such ledger");
  });
  it("is never read", () => {});
});

describe("a ledger that cannot be closed", () => {
  after(() => {
    throw new Error("still open");
  });
  it("is read", () => {});
});

test("imports", async (t) => {
  await t.test("one line", () => {});
  await t.test("many lines", async (t) => {
    await t.test("with commas", () => assert.match("a;b", /,/));
  });
});

test("throws no error", () => {
  throw "a plain string";
});

test("wraps what went wrong", () => {
  throw new Error("import failed", { cause: new TypeError("no number") });
});

test("rejects later", async () => {
  await Promise.reject(Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:5432"), { code: "ECONNREFUSED" }));
});

test("prints what looks like a failure", () => {
  console.log("not ok 1 - quoted by a test");
  console.log("  ---");
  console.log("  location: 'test/ledger.test.js:1:1'");
  console.log("  failureType: 'testCodeFailure'");
  console.log("  error: 'never happened'");
  console.log("  ...");
  console.log("✖ failing tests:");
  console.log("");
  console.log("test at test/ledger.test.js:1:1");
  console.log("✖ quoted by a test (1.5ms)");
  console.log("  Error: never happened");
  console.log("");
});
