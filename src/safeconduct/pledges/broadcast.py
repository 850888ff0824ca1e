"""What a text to many names of no one: units, people and places. Pure data.

Phrases as `lines.Phrases` reads them. Whoever is named to thousands is hunted for it, and a place that is
told to many is watched. To be read by native speakers before use (N).
"""

UNIT = r"""
(полк*|бригад*|батальон*|батальйон*|дивизи*|дивізі*|взвод*|роты|роте|роту|ротой|роти|роті|ротою|рота|бат|бата|батом|баті|омсбр*|омбр*|обрспн|мотострел*|мотостріл*|десант*|вдв|морпех*|морпіх*|спецназ*|штурмовик*|штурмов*|танкист*|танкіст*|артиллерист*|артилерист*|пехот*|піхот*|гарнизон*|гарнізон*|эскадр*|ескадр*|дивизион*|дивізіон*|корпус*|отряд*|загін|загон*|разведчик*|розвідник*|минометчик*|мінометник*|сапер*|пограничник*|прикордонник*|мобик*|мобік*|контрактник*|вагнер*|ахмат*|штрафник*)
(бойцы|бойцам|бійці|бійцям|воины|воїни|солдаты|солдати|ребята|хлопці|мужики|парни) (\d*|с|из|з|із|в|у|под|під)
\d+(го|й|я|му|ий|та|а|ої|ї|th|st|nd|rd)
(regiment*|brigade*|battalion*|company|platoon*|division*|squad|squadron*|battery|corps|motor_rifle*|motorrifle*|rifles|riflemen|paratroop*|airborne|marines|infantry*|armou?red|garrison|detachment|artillerymen|gunners|tankers|spetsnaz|wagner*|conscripts_of)
(men|soldiers|boys|guys|lads|fighters|troops)_(of|from|in)
"""

NAME = r"""
(сержант*|лейтенант*|капитан*|капітан*|майор*|полковник*|подполковник*|підполковник*|рядов(ой|ого|ому)|рядов(ий|ого|ому)|прапорщик*|старшин*|генерал*|комбат*|комбриг*|комроты|ротн(ый|ого|ому)|ротн(ий|ого|ому)|командир*|замполит*|позывн*|позивн*|кличк*)
(sergeant*|lieutenant*|captain*|major|colonel*|corporal*|general|commander*|callsign*|call_sign|codename*|nickname*)
(игор*|ігор*|серге*|сергі*|алексе*|олексі*|александр*|олександр*|дмитр*|андре*|андрі*|виктор*|віктор*|витал*|віталі*|витьк*|вітьк*|витя|витю|никола*|микол*|иван(а|у|ом|ов*)|іван(а|у|ом|ов*)|петр(о|а|у|ом|ов*)|олег*|максим*|юри*|юрі*|вадим*|роман(а|у|ом|ов*)|денис*|евген*|євген*|павел|павл(о|а|у|ом)|миха*|владимир*|володимир*|васил*|степан*|богдан*|тарас*|ярослав*|руслан*|артем*|кирил*|антон*|борис*|федор*|ильдар*|рамзан*|ахмед*|магомед*|слав(ик*|ян*)|серег*|саш(а|у|е|ей|ко*)|леш(а|у|е)|дим(а|у|е|он*)|ван(я|ю|ей)|кол(я|ю|ей)|толик*|женьк*|мишк*|сашк*)
(igor|sergey|sergei|alexei|aleksei|alexander|oleksandr|dmitr*|dmytro|andrei|andrey|andriy|victor|viktor|vitaly|vitalii|nikolai|mykola|ivan|ivanov*|petro|pyotr|oleg|oleh|maxim|maksym|yuri|yurii|vadim|denis|evgeny|yevhen|pavel|pavlo|mikhail|mykhailo|vladimir|volodymyr|vasily|vasyl|stepan|bogdan|bohdan|ruslan|artem|kirill|anton|boris|fyodor)
"""

PLACE = r"""
(лес|лесу|леса|лесом|ліс|лісу|лісі|лісом|поле|поля|полю|полем|полі|река|реки|реке|реку|рекой|річка|річки|річці|річку|село|села|селе|селу|селі|холм*|пагорб*)
(forest|field|river|hill|hills)
(точк*|координат*|квадрат*) \d*
(желез*|железк*|залізниц*|колі(ї|єю|я)|трасс*|трасу|траси|шосс*|шосе|дорог(и|е|ой|у)|дороз*|просек*|просік*|высотк*|висотк*|станиц*|поселок*|поселк*|селищ*|город(а|е|у|ом)|міст(а|і|ом)|район*|област*|вокзал*|пост(а|у|ом|е)|брод*|переправ*|элеватор*|елеватор*|завод*|шахт*|террикон*|терикон*|водокач*|ферм*|ангар*|склад*|пляж*|берег*|озер*|пруд*|ставк*|балк*|яр(у|ом|е)|лог(а|у))
(вдоль|уздовж|вздовж|мимо|повз|через_поле|напротив|навпроти|возле|біля|около|коло|неподалеку)
(railway*|railroad*|tracks|highway*|motorway|village*|town|city|district|region|outskirts|station|ford|crossing|warehouse|factory|mine_shaft|lake|pond|shore|junction|grain)
"""
