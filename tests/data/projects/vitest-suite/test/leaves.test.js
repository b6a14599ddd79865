import { test } from "vitest";

test("is done before it fails", () => {
  setTimeout(() => {
    throw new Error("too late");
  }, 20);
});

test("goes on", async () => {
  await new Promise((resolve) => setTimeout(resolve, 60));
});
