// Package brokendep does not compile; two packages import it.
package brokendep

// Rows counts what does not exist.
func Rows() int { return undefinedRows }

var unused string = 5
