import { afterAll, beforeAll, describe, expect, it, test } from "vitest";

class LedgerError extends Error {}
class NamedError extends Error {
  name = "NamedError";
}

test("adds up", () => expect(1 + 1).toBe(2));

test("balance is exact", () => {
  expect(7 * 6).toBe(41);
});

test("balance is exact, with words", () => {
  expect(7 * 6, "the balance is off").toBe(41);
});

describe("accounts", () => {
  it("opens", () => {});
  it("closes", () => {
    const account = undefined;
    account.close();
  });
  describe("that are new", () => {
    it('hold nothing > at all ("really") # here', () => {
      throw new LedgerError("an account\n\nwith two paragraphs");
    });
    it("have a name of their own", () => {
      throw new NamedError("no such name");
    });
  });
  it("waits for nobody", async () => {
    await new Promise(() => {});
  }, 30);
  it.skip("is not there yet", () => expect.unreachable());
  it.fails("is known to fail", () => expect(1).toBe(2));
  it.each([[1, 2, 4], [2, 2, 4]])("adds %i and %i", (a, b, sum) => expect(a + b).toBe(sum));
});

describe("a ledger that cannot be opened", () => {
  beforeAll(() => {
    throw new Error("no such ledger");
  });
  it("is never read", () => {});
});

describe("a ledger that cannot be closed", () => {
  afterAll(() => {
    throw new Error("still open");
  });
  it("is read", () => {});
});

let tries = 0;
test("passes when it is tried again", { retry: 2 }, () => {
  tries += 1;
  expect(tries).toBe(2);
});

let others = 0;
test("fails in another way when it is tried again", { retry: 1 }, () => {
  others += 1;
  if (others === 1) throw new TypeError("first");
  throw new RangeError("second");
});

test("lists are the same", () => {
  expect(["rice", "tea"]).toEqual(["tea", "rice"]);
});

test("texts of many lines differ", () => {
  expect("one\ntwo\nthree").toBe("one\n2\nthree");
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

const fails = () => {
  throw new Error("both in one place");
};
test("shares its place", () => fails());
test("shares its place as well", () => fails());

test("prints what looks like a failure", () => {
  console.log("⎯⎯⎯⎯⎯⎯⎯ Failed Tests 1 ⎯⎯⎯⎯⎯⎯⎯");
  console.log("");
  console.log(" FAIL  test/ledger.test.js > quoted by a test");
  console.log("Error: never happened");
  console.log(" ❯ test/ledger.test.js:1:1");
  console.log("");
  console.log("⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯");
});
