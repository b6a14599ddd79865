package journal

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/suite"
)

type JournalSuite struct {
	suite.Suite
	dir     string
	journal *Journal
}

func TestJournalSuite(t *testing.T) {
	suite.Run(t, new(JournalSuite))
}

func (s *JournalSuite) SetupSuite() {
	s.dir = s.T().TempDir()
}

func (s *JournalSuite) SetupTest() {
	var err error
	s.journal, err = Open(s.dir)
	s.Require().NoError(err)
}

func (s *JournalSuite) closeAndClear() {
	s.Require().NoError(s.journal.Close())
	left, err := filepath.Glob(filepath.Join(s.dir, "*"))
	s.Require().NoError(err)
	for _, path := range left {
		s.Require().NoError(os.Remove(path))
	}
}

func (s *JournalSuite) TestAppendMakesSegments() {
	s.Require().NoError(s.journal.Append("rent -800.00"))
	paths, err := s.journal.Segments()
	s.Require().NoError(err)
	s.Len(paths, 1)
	s.closeAndClear()
}

func (s *JournalSuite) TestCompactLeavesOneSegment() {
	for i := range 8 {
		s.Require().NoError(s.journal.Append(fmt.Sprintf("entry %d", i)))
	}
	s.journal.Compact()
	time.Sleep(10 * time.Millisecond)
	paths, err := s.journal.Segments()
	s.Require().NoError(err)
	s.Require().Len(paths, 1)
	s.closeAndClear()
}

func (s *JournalSuite) TestLockIsExclusive() {
	_, err := Open(s.dir)
	s.Require().ErrorIs(err, ErrLocked)
	s.closeAndClear()
}

func (s *JournalSuite) TestSegmentsAreSorted() {
	s.Require().NoError(s.journal.Append("first"))
	s.Require().NoError(s.journal.Append("second"))
	paths, err := s.journal.Segments()
	s.Require().NoError(err)
	s.Equal("000001.seg", filepath.Base(paths[0]))
	s.closeAndClear()
}
