"""The one door for every word that leaves or enters. Handles live only here."""
