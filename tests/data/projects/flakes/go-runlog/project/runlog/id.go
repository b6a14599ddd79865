// Package runlog names the logs of nightly runs and finds those that may go.
package runlog

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// ErrNoRun says that a name is not that of a run.
var ErrNoRun = errors.New("not the name of a run")

const layout = "20060102T150405"

var form = regexp.MustCompile(`^run-(\d{8}T\d{6})-([0-9a-f]{3})$`)

// ThisRun is the name of the run that this process does.
var ThisRun = NameAt(time.Now())

// NameAt names a run that begins at a moment; the last part keeps runs apart that begin together.
func NameAt(begin time.Time) string {
	micros := begin.Nanosecond() / 1000 % 1000
	return fmt.Sprintf("run-%s-%x", begin.UTC().Format(layout), micros)
}

// BeginOf reads the second in which a run began from its name.
func BeginOf(name string) (time.Time, error) {
	parts := form.FindStringSubmatch(name)
	if parts == nil {
		return time.Time{}, fmt.Errorf("%w: %q", ErrNoRun, name)
	}
	return time.Parse(layout, parts[1])
}
