package money

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse reads an amount with two decimals, such as "19.99".
func Parse(text string) (Cents, error) {
	whole, part, found := strings.Cut(text, ".")
	if !found || len(part) != 2 {
		return 0, fmt.Errorf("amount %q needs two decimals", text)
	}
	cents, err := strconv.ParseInt(whole+part, 10, 64)
	return Cents(cents), err
}
