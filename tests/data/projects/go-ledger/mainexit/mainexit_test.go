// Package mainexit cannot set up its database and leaves.
package mainexit

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	fmt.Println("error: connect to database: connection refused")
	os.Exit(4)
}

func TestNeverRuns(t *testing.T) {}
