"""The part of GitHub's GraphQL API that clients of this product use."""
