"""A programme's profile: languages, words, signs, law references and limits, as one reviewed file."""
