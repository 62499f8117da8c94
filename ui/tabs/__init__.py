"""The pages of the browser app: each module has the routes of one tab, or of the list beside them."""
