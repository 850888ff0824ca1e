"""What is read to him aloud, in the languages of the programmes. Drafts (N): a native speaker checks them."""

from types import MappingProxyType

# What is read to him aloud at contact. Nothing in it promises more than the law does.
ALOUD = MappingProxyType(
    {
        "en": "The fighting is over for you. The Geneva Convention protects you. You get a receipt "
        "for every thing. Do you need a doctor?",
        "ru": "Бой для вас окончен. Вас защищает Женевская конвенция. За каждую вещь дадут "
        "расписку. Вам нужен врач?",
        "uk": "Бій для вас скінчився. Вас захищає Женевська конвенція. За кожну річ дадуть "
        "розписку. Вам потрібен лікар?",
        "fr": "Le combat est fini pour vous. La Convention de Genève vous protège. Chaque objet "
        "aura son reçu. Avez-vous besoin d’un médecin ?",
        "sw": "Vita vimekwisha kwako. Mkataba wa Geneva unakulinda. Utapata stakabadhi ya kila "
        "kitu. Unahitaji daktari?",
    }
)
