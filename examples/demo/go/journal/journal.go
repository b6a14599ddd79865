// Package journal stores entries in segment files, one process at a time.
package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// ErrLocked says that another process, or a journal that was not closed, holds the folder.
var ErrLocked = errors.New("journal is locked")

const lockName = "LOCK"

// Journal appends entries to segments in one folder.
type Journal struct {
	dir  string
	next int
}

// Open takes the folder for this process.
func Open(dir string) (*Journal, error) {
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("open %s: %w", filepath.Base(dir), ErrLocked)
	}
	if err != nil {
		return nil, err
	}
	return &Journal{dir: dir}, lock.Close()
}

// Close gives the folder back.
func (j *Journal) Close() error {
	return os.Remove(filepath.Join(j.dir, lockName))
}

// Append writes one entry into a segment of its own.
func (j *Journal) Append(entry string) error {
	j.next++
	return os.WriteFile(filepath.Join(j.dir, fmt.Sprintf("%06d.seg", j.next)), []byte(entry+"\n"), 0o600)
}

// Segments lists the segment files, oldest first.
func (j *Journal) Segments() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(j.dir, "*.seg"))
	slices.Sort(paths)
	return paths, err
}

// Compact joins all segments into the oldest one, in the background.
func (j *Journal) Compact() {
	go func() { _ = j.compact() }()
}

func (j *Journal) compact() error {
	paths, err := j.Segments()
	if err != nil || len(paths) < 2 {
		return err
	}
	oldest, err := os.OpenFile(paths[0], os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer oldest.Close()
	for _, path := range paths[1:] {
		if err := moveInto(oldest, path); err != nil {
			return err
		}
	}
	return nil
}

func moveInto(target *os.File, path string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if _, err := target.Write(content); err != nil {
		return err
	}
	if err := target.Sync(); err != nil {
		return err
	}
	return os.Remove(path)
}
