import { signedIn } from "./session.js";

/** Reserves every article and gives the order; fails as a whole where the warehouse refuses one. */
export async function placeOrder(articles, { warehouse }) {
  if (articles.length === 0) throw new Error("an order without articles");
  const reserved = await Promise.all(articles.map((article) => warehouse.reserve(article)));
  return { customer: signedIn(), articles: reserved, cents: total(reserved) };
}

/** What all these cost. */
export function total(articles) {
  return articles.reduce((sum, { cents }) => sum + cents, 0);
}
