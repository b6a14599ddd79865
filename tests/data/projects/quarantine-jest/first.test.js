describe("ledger", () => {
  test("adds", () => {});
  test("adds (twice)", () => {});
  test("a/b [z]+ it's $HOME | x", () => {});
  describe("with › arrow", () => {
    test("gets", () => {});
  });
});

test("adds", () => {});
test("ledger", () => {});
