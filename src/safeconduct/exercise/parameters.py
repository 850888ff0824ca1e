"""The parameters of an aircraft of the exercise: ArduCopter's names, a plain aircraft's values."""

PARAMETERS = {  # nothing that could drop, spray or throw
    "GRIP_ENABLE": 0.0,
    "SPRAY_ENABLE": 0.0,
    "CHUTE_ENABLED": 0.0,
    "WINCH_TYPE": 0.0,
    **{f"SERVO{n}_FUNCTION": 32.0 + n for n in range(1, 5)},
    **{f"RELAY{n}_FUNCTION": 0.0 for n in range(1, 3)},
    "MAV_GCS_SYSID": 255.0,
    "FS_GCS_ENABLE": 1.0,
    "FENCE_ENABLE": 1.0,
    "FENCE_TYPE": 5.0,  # height, and what is drawn
    "FENCE_ACTION": 1.0,
    "FENCE_ALT_MAX": 120.0,  # metres
    "BATT_LOW_VOLT": 14.4,
    "BATT_LOW_TIMER": 3.0,  # seconds
    "BATT_FS_LOW_ACT": 2.0,
    "WPNAV_SPEED": 1500.0,  # cm/s; ArduCopter's own default is 1000
    "RTL_ALT": 1500.0,  # cm
    "FOLL_ENABLE": 0.0,
    "FOLL_OFS_X": -30.0,
    "FOLL_OFS_Y": 0.0,
    "FOLL_OFS_Z": -40.0,
}
