// Package crash goes down in every way a test binary can.
package crash

import "strconv"

// Book maps accounts to balances.
type Book struct{ rows map[string]int }

// Add panics on a nil receiver's map.
func (b *Book) Add(account string, amount int) {
	b.rows[account] += amount
}

// Must panics when text is no number.
func Must(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

// Async runs work in the background and tells when it is done.
func Async(work func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	return done
}
