"""Senses that promise or threaten when they stand near one another, in whatever order and form. Pure data.

A list of phrases finds what somebody thought of; a frame finds what is meant: “-takes captive” is quarter
denied in any of our languages, in any word order, half in one language and half in another. To be read by
native speakers and a lawyer before use (N, L).

One frame a line: senses of `senses.py`, which all stand within some words of one another.
    a|b    either
    -a     a is denied: "not" stands before it, or a word between at most
    ~a     a, denied or not
    ^a     a stands nowhere in the text
    <4     within so many words instead of seven
    unasked   no question mark follows
"""

from collections.abc import Mapping

FRAMES: Mapping[str, str] = {
    "threat": """
        die you|your|all|who|if|or|there unasked ^sorry ^thing ^fear
        -survives ^sorry
        -lives for_long unasked
        lives few unasked
        survives only|who unasked ^sorry
        survives if decide
        kill you|your|all|or|we|next unasked ^thing <5
        bury you|your|all|or|we|kin|next|soon unasked ^sorry
        bury_any or|next|soon unasked ^sorry ^fear
        in_earth you|your|or|sent|carried|decide unasked ^please_use
        earth dig unasked
        manure you|your|earth|soon|next|or unasked
        box carried to_home|others|people|you|your unasked
        in_box carried|goes_back
        box goes_back to_home
        apart carried|goes_back|to_home
        carried people|others|you apart
        know|know_en where kin unasked
        know where your unasked ^message
        weapon aimed|hole|seen your|you|no_more|we unasked ^hide
        weapon hole|aimed <4 unasked
        weapon next|soon you|your unasked ^hide
        strike you|your|who|all|hole|next unasked
        assault if|next|soon unasked ^hide
        assault -avails|-look
        pity if|would kin|you|your unasked
        visit kin if|would|we|soon unasked
        accident kin if|would|soon unasked
        burning home|kin unasked
        fatherless unasked
        happens others ask
        happens stubborn|others who|how unasked
        happens kin if|would|soon unasked
        ask happens others
        stubborn ~lives|happens|earth|bury
        others absent|~survives next|you unasked
        ~warned you|we|~say unasked
        -force us <3
        -tempt tempted
        message boss sent|if ^neg ^erase unasked
        message boss sent if ^erase
        -like next unasked
        wish stay_alive
        choice absent <2
        -choice unasked
        hot soon ^weather ^please_use unasked <4
        listed you unasked
        we_see seen unasked <5
        -miss next|we|weapon unasked
        last last_thing your|you
        town friends we|us your unasked
        talk otherwise would|next <5
        doomed you|your|all <4 unasked
        kill_zone unasked
        ringed you|your|all|no_more unasked
        ring closes|no_more unasked
        hunt you|your|next|soon unasked
        lying your|others
        armour -avails ^weather unasked
        who waited absent|buried|silent
        carried dig
        flag to_home
        sky above_him unasked
        buzz for_him
        hungry earth|wood unasked
        ~refusal exacts
        ~refusal -forgives
        better obey unasked
        harsh must|would|we unasked <5
        gloves
        kind ends
        turn you|your <3 unasked
        becomes turn unasked
        identified body
        black mourning
        named slab
        luck ends unasked
        -wish ~find_out|in_his_place unasked
        in_his_place -wish
        in_his_place fear ^all unasked
        who silent no_more
        refusal silent
        photo his_door your unasked ^neg
        pretty kin <4
        keeps kin restless
        becomes statistic
        written_off you|your
        talk|speak|works weapon|scope <5 unasked ^hide
        weapon works next|soon unasked ^hide
        weapon careless
        playing tempted
        -force edge
        pity young
        or regret
        gun_talk speak next|only|no_more|soon unasked
        gun_talk all|you waiting|enough
        looks_back let_him unasked
        kin your by_himself is_it_not
        -threatens but no_more|die|one_day|soon unasked
    """,
    "no_quarter": """
        -takes captive
        captive -wants we
        -takes alive ^thing
        -takes surrender
        -takes order nobody|all
        stops takes captive|people|surrender|alive ^thing
        captive without <3
        captive absent <3
        -captive no_more
        captive burden we unasked
        nowhere put you|captive unasked
        -mercy
        ~mercy nobody
        mercy absent|without
        -alive exits|remains ^home
        -exits alive
        nobody alive exits|remains unasked ^home
        -remains nobody ^aid ^without
        -remains stone
        -raised hands -look|-avails
        flag -look|-avails
        hands raised -look|-avails|no_more unasked
        captive ~feeds neg
        who -transports
        flag|hands late <4
        nobody ~look flag
        shoot all we|who|next|would|only|surrender unasked
        -surrender shoot
        surrender shoot all
        surrender nowhere
        -escort captive|people|you|die
        escort absent unasked
        captive -escort
        escort nobody
        camp full unasked
        barrage next|if nobody|hands unasked
        wounded -transports unasked
        wounded -takes we|nobody unasked
        captive no_more -playing|-tempt
        ~hands -tally
        tally -hands
        bury would unasked ^sorry
        -disarm
        hole|wood emptied unasked
        finish all|who|you|there|next unasked ^aid
    """,
    "deadline": """
        clock ticks unasked ^thing <4
        while sun ~sets
        while ~darkens decide|offer unasked
        while chance still|hold|decide <6 unasked
        sun ~sets while|next|stops|closes
        waiting span unasked <5
        left span unasked <4
        only span left_over unasked
        one_day -answers|closes unasked ^weather
        one_day stops answers
        next no_more -answers ^if
        one_day no_more -answers
        stops come_for people|you|we unasked ^thing
        offer closes|last unasked
        next on_your_own <5
        transport departs unasked
        enough ponder <3
        -ponder for_long
        too late <2
        every span against
        one_time chance unasked <4
        make_mind unasked ^at_ease
        offer hold -for_long
        last offer|transport unasked
        reply needed while|soon unasked ^at_ease
        thought time|short|quick neg|short|quick ^at_ease
        ponder quick unasked <4 ^at_ease
        queue moves unasked
        ~day never <3
        if -day not_at_all
        another ~occasion -would|absent
        -another ~occasion
        no_more -calls ^if
        such terms neg
        chance until lives|hold unasked <6
        time short <3 unasked
        counting
        while duty lets_by
        offer hold span unasked
        terms otherwise next unasked
        span decide unasked ^at_ease
        one_day decide unasked ^at_ease
    """,
    "unit": """
        army fighter|your|who
    """,
    "money": """
        we_give so_much
        -gratis unasked
        -gratitude -takes
        gratitude able
        how_much you_ask
        pocket heavy unasked
        hands empty neg
        talk figures unasked
        payoff
    """,
    "status": """
        case shut unasked
        case -opens
        paper lost we|would
        past bygone unasked
        -enquires service|was unasked
        was careless unasked
        -digs we|nobody|would unasked
    """,
    "time": """
        season grows|goes_back|to_home ^weather
        season goes_back|to_home
        sun ~sets unasked
    """,
    "safety": """
        guest how|waiting|you unasked
        arrive all unasked ^message
        gets_there whole unasked
        -shoot there
        ~lose nobody unasked
        -hurts you|your|kin|nobody
        -suffer unasked
        safe there|checked|us unasked ^if ^where
        checked there unasked <4
    """,
}
