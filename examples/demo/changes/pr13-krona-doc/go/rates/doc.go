// The rates of a Table are never older than twice the interval it was given.

package rates
