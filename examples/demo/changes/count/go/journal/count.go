package journal

// Count says how many segments there are.
func (j *Journal) Count() (int, error) {
	paths, err := j.Segments()
	return len(paths), err
}
