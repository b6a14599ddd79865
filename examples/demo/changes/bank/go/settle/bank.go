package settle

// Bank is where batches go.
const Bank = "Example Savings"
