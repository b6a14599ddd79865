/** The basket of a customer as it was left, without what is not sold any more. */
export async function loadBasket(name, { storage, sold }) {
  const articles = await storage.read(name);
  return articles.filter((article) => sold.includes(article.name));
}
