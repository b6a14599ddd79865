// Package suites fails through testify, in functions and in suites.
package suites

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stretchr/testify/suite"
)

type entry struct {
	Account string
	Amount  int
	Tags    []string
}

func TestEqualStructs(t *testing.T) {
	want := entry{"alice", 10, []string{"a", "b"}}
	got := entry{"alice", 11, []string{"a", "c"}}
	require.Equal(t, want, got, "entry of %s", "alice")
}

func TestNoError(t *testing.T) {
	err := errors.Join(errors.New("etcdserver: request timed out"), errors.New("leader changed"))
	require.NoError(t, err)
}

func TestSeveralAsserts(t *testing.T) {
	assert.Len(t, []int{1, 2}, 3)
	assert.True(t, false, "ledger must be balanced")
	assert.ElementsMatch(t, []int{1, 2}, []int{2, 3})
}

func TestEventually(t *testing.T) {
	require.Eventually(t, func() bool { return false }, 50*time.Millisecond, 10*time.Millisecond, "leader was not elected")
}

func TestEventuallyWithT(t *testing.T) {
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.Equal(c, 3, 2)
	}, 50*time.Millisecond, 10*time.Millisecond)
}

func TestThroughFunction(t *testing.T) {
	t.Run("case one", func(t *testing.T) { checkRow(t, 1) })
	t.Run("case two", func(t *testing.T) { checkRow(t, 2) })
}

func checkRow(t *testing.T, n int) {
	require.Equal(t, 1, n, "row %d", n)
}

type LedgerSuite struct {
	suite.Suite
	rows []string
}

func TestLedgerSuite(t *testing.T) { suite.Run(t, new(LedgerSuite)) }

func (s *LedgerSuite) TestAppend() {
	s.rows = append(s.rows, "alice")
	s.Require().Len(s.rows, 2, "append lost a row")
}

func (s *LedgerSuite) TestBalance() { s.Equal(5, len(s.rows)) }

func (s *LedgerSuite) TestCases() {
	s.Run("inner", func() { s.Require().Fail("inner is broken") })
	s.Run("fine", func() {})
}

func (s *LedgerSuite) TestReads() {}

type BrokenFixture struct{ suite.Suite }

func TestBrokenFixture(t *testing.T)   { suite.Run(t, new(BrokenFixture)) }
func (s *BrokenFixture) SetupTest()    { s.Require().NoError(errors.New("cannot start cluster")) }
func (s *BrokenFixture) TestJoin()     {}
func (s *BrokenFixture) TestLeave()    {}
func (s *BrokenFixture) TestTransfer() {}

type NoSetup struct{ suite.Suite }

func TestNoSetup(t *testing.T)    { suite.Run(t, new(NoSetup)) }
func (s *NoSetup) SetupSuite()    { s.Require().FailNow("port is taken") }
func (s *NoSetup) TestNeverRuns() {}

type BadTearDown struct{ suite.Suite }

func TestBadTearDown(t *testing.T)    { suite.Run(t, new(BadTearDown)) }
func (s *BadTearDown) TearDownSuite() { s.Require().Empty([]int{1}, "connections left open") }
func (s *BadTearDown) TestReads()     {}

type PanickySuite struct{ suite.Suite }

func TestPanickySuite(t *testing.T)   { suite.Run(t, new(PanickySuite)) }
func (s *PanickySuite) TestDivides()  { var rows []int; _ = rows[len(rows)] }
func (s *PanickySuite) TestSurvives() {}
