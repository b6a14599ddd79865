package rates

// Krona is the currency code of Sweden.
const Krona = "SEK"
