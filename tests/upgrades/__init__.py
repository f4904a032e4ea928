"""A new version migrates an old database, and somebody is writing to it all the while."""
