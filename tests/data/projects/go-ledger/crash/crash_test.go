package crash

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"time"
)

func TestFine(t *testing.T) {
	t.Log("fine")
}

func TestNilMap(t *testing.T) {
	var book Book
	book.Add("alice", 1)
}

func TestNilPointer(t *testing.T) {
	var book *Book
	t.Run("add to nothing", func(t *testing.T) {
		book.Add("alice", 1)
	})
}

func TestBackground(t *testing.T) {
	<-Async(func() { Must("twelve") })
	time.Sleep(time.Second)
}

func TestCustomError(t *testing.T) {
	panic(fmt.Errorf("commit failed: %w", errors.New("disk full\nsecond line")))
}

func TestLogLate(t *testing.T) {
	go func() {
		time.Sleep(20 * time.Millisecond)
		t.Log("too late")
	}()
}

func TestSlowAfterLate(t *testing.T) {
	time.Sleep(200 * time.Millisecond)
}

func TestConcurrentMap(t *testing.T) {
	rows := map[int]int{}
	for range 4 {
		go func() {
			for i := 0; ; i++ {
				rows[i%7] = i
			}
		}()
	}
	time.Sleep(5 * time.Second)
}

func TestDeadlock(t *testing.T) {
	t.Setenv("LEDGER", "1")
	select {}
}

func TestRecovered(t *testing.T) {
	for try := range 3 {
		func() {
			defer func() {
				if r := recover(); r != nil {
					fmt.Printf("panic: %v [recovered by retry %d]\n\n%s\n", r, try, debug.Stack())
				}
			}()
			if try < 2 {
				Must("x")
			}
		}()
	}
}

func TestRecoveredThenFails(t *testing.T) {
	func() {
		defer func() {
			fmt.Fprintf(os.Stderr, "panic: %v\n\n%s", recover(), debug.Stack())
		}()
		Must("y")
	}()
	t.Error("ledger is short by 3")
}

func TestGluedPanic(t *testing.T) {
	fmt.Print("half a line ")
	Must("glued")
}

func TestExit(t *testing.T) {
	fmt.Println("giving up: error: no quorum")
	os.Exit(3)
}

func TestParallelVictim(t *testing.T) {
	t.Parallel()
	time.Sleep(time.Second)
}

func TestParallelCulprit(t *testing.T) {
	t.Parallel()
	time.Sleep(20 * time.Millisecond)
	Must("culprit")
}
