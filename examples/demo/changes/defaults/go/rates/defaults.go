package rates

// Defaults are the rates used until the first answer of the bank.
func Defaults() map[string]float64 {
	return map[string]float64{"EUR": 1}
}
