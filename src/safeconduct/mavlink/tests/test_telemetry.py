"""What a system tells becomes fixes with a true time and honest health."""

from datetime import UTC, datetime, timedelta

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.mavlink.telemetry import Telemetry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def position(boot_ms, lat=510_000_000, lon=340_000_000, hdg=9000):
    return codec.MAVLink_global_position_int_message(
        boot_ms, lat, lon, 160_000, 60_000, 300, 400, 0, hdg
    )


def clock_at(unix, boot_ms):
    return codec.MAVLink_system_time_message(int(unix.timestamp() * 1e6), boot_ms)


def raw(satellites=10, fix_type=6):
    return codec.MAVLink_gps_raw_int_message(
        0, fix_type, 0, 0, 0, 121, 200, 0, 0, satellites, h_acc=1500
    )


def ekf(flags, variance):
    return codec.MAVLink_ekf_status_report_message(flags, 0.1, variance, 0.1, 0.1, 0.1)


def warning(text):
    return codec.MAVLink_statustext_message(2, text)


def test_a_fix_counts_from_the_autopilots_own_clock():
    told = Telemetry("vehicle", "tracker")
    told.take(clock_at(NOON, 5000), heard_at=NOON)
    fix = told.take(position(6500), heard_at=NOON + timedelta(seconds=3))
    assert fix.fixed_at == NOON + timedelta(seconds=1.5)
    assert fix.received_at == NOON + timedelta(seconds=3)
    assert (fix.lat_e7, fix.alt_mm, fix.speed_mm_s, fix.heading_cdeg) == (
        510_000_000, 60_000, 5000, 9000,
    )  # fmt: skip


def test_without_a_clock_or_with_a_wrong_one_it_counts_from_the_hearing():
    told = Telemetry("vehicle", "tracker")
    assert told.take(position(1), heard_at=NOON).fixed_at == NOON
    told.take(clock_at(NOON - timedelta(days=400), 0), heard_at=NOON)
    assert told.take(position(1000), heard_at=NOON).fixed_at == NOON
    told.take(codec.MAVLink_system_time_message(0, 0), heard_at=NOON)
    assert told.take(position(1000), heard_at=NOON).fixed_at == NOON


def test_a_boot_counter_that_wraps_is_followed():
    told = Telemetry("vehicle", "tracker")
    told.take(clock_at(NOON, 2**32 - 1000), heard_at=NOON)
    later = NOON + timedelta(seconds=2)
    assert told.take(position(1000), heard_at=later).fixed_at == later


def test_health_comes_from_the_messages_between():
    told = Telemetry("aircraft:1", "aircraft")
    battery = codec.MAVLink_sys_status_message(0, 0, 0, 0, 15000, 0, 77, 0, 0, 0, 0, 0, 0)
    for message in (raw(satellites=9), ekf(831, 0.3), battery):
        assert told.take(message, heard_at=NOON) is None
    assert told.take(position(0), heard_at=NOON).health == {
        "fix_type": 6, "satellites": 9, "h_acc_mm": 1500,
        "ekf_flags": 831, "variance_permille": 300, "battery_percent": 77,
    }  # fmt: skip


def test_what_is_unknown_is_left_out_and_a_place_of_zeros_is_none():
    told = Telemetry("vehicle", "tracker")
    told.take(raw(satellites=255), heard_at=NOON)
    fix = told.take(position(0, hdg=65535), heard_at=NOON)
    assert "satellites" not in fix.health
    assert fix.heading_cdeg == 0
    assert told.take(position(0, lat=0, lon=0), heard_at=NOON) is None


def test_a_warning_text_counts_for_ten_seconds_and_other_texts_never():
    told = Telemetry("aircraft:1", "aircraft")
    told.take(warning(b"Arming motors"), heard_at=NOON)
    assert "gnss_warning" not in told.take(position(0), heard_at=NOON).health
    told.take(warning(b"GPS Glitch or Compass error"), heard_at=NOON)
    assert told.take(position(0), heard_at=NOON).health["gnss_warning"] == 1
    later = NOON + timedelta(seconds=11)
    assert "gnss_warning" not in told.take(position(0), heard_at=later).health
