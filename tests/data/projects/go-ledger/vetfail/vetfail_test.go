// Package vetfail compiles but does not pass vet.
package vetfail

import (
	"fmt"
	"testing"
)

func TestPrints(t *testing.T) { fmt.Printf("%d rows\n", "three") }
