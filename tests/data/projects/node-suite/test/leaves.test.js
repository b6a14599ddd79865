import { test } from "node:test";

test("is done before it fails", () => {
  setTimeout(() => {
    throw new Error("too late");
  }, 20);
});

test("ends the process", (t, done) => {
  setTimeout(() => process.exit(3), 60);
});
