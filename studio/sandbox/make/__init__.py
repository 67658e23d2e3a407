"""What the sandbox makes: pictures, films, sounds and answers, all seeded and computed here."""
