// Package price adds.
package price

// Sum adds prices.
func Sum(prices []int) int {
	sum := 0
	for _, price := range prices {
		sum += price
	}
	return sum
}
