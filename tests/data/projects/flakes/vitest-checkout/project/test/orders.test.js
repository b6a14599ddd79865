import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "vitest";

import { loadBasket } from "../src/basket.js";
import { placeOrder, total } from "../src/orders.js";
import { signIn } from "../src/session.js";

const TEA = { name: "tea", cents: 480 };
const RICE = { name: "rice", cents: 250 };
const SNUFF = { name: "snuff", cents: 900 };

/** A network is never equally fast. */
const network = (least) => sleep(least + Math.random() * 20);

const warehouse = {
  async reserve(article) {
    await network(4);
    return article;
  },
};
const storage = {
  async read() {
    await network(4);
    return [RICE, SNUFF];
  },
};

describe("orders", () => {
  it("adds up", () => {
    expect(total([TEA, RICE])).toBe(730);
  });

  it("refuses an empty order", async () => {
    await expect(placeOrder([], { warehouse })).rejects.toThrow("without articles");
  });

  it.concurrent("belongs to who placed it", async () => {
    signIn("ann");
    const order = await placeOrder([TEA], { warehouse });
    expect(order.customer).toBe("ann");
  });

  it.concurrent("takes the basket over", async () => {
    const basket = await loadBasket("ben", { storage, sold: ["tea", "rice"] });
    signIn("ben");
    const order = await placeOrder(basket, { warehouse });
    expect(order.articles).toEqual([RICE]);
  });
});
