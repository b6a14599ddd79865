let customer = null;

/** From now on, orders are those of this customer. */
export function signIn(name) {
  customer = name;
}

/** Who is signed in; null for nobody. */
export function signedIn() {
  return customer;
}
