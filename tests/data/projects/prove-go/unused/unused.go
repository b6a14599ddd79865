// Package unused is used by nobody.
package unused

// Never is never called.
func Never() int { return 1 }
